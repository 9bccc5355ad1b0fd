// What notebooks import is compiled once, not again by each kernel: tslab checks and translates all of it in a notebook's
// first cell, which is two thirds of what that cell takes. What a file became is kept in node_modules/.cache, with a hash
// of the file, of all that it imports, of the compiler's options and versions: what has changed is checked and compiled
// again. Types that a file uses without importing them (global ones) are the exception: a change there is not noticed.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const compiler = require.resolve('../../../node_modules/@tslab/typescript-for-tslab');
const ts = require(compiler);

/** @typedef {import('../../../node_modules/@tslab/typescript-for-tslab')} Compiler */
/** @typedef {import('../../../node_modules/@tslab/typescript-for-tslab').SourceFile} SourceFile */
/** @typedef {import('../../../node_modules/@tslab/typescript-for-tslab').BuilderProgram} Builder */

const folder = path.resolve(__dirname, '../../../node_modules/.cache/tsws');
const { createWatchCompilerHost, getPreEmitDiagnosticsOfFiles, transpileModule } = ts;

/** By their programs. @type {WeakMap<object, Builder>} */
const builders = new WeakMap();
/** Cache path of a file's CommonJS output, by its ES module output. @type {Map<string, string>} */
const places = new Map();

const { version } = require('../../../node_modules/tslab/package.json');
const compilerIs = `${version} ${ts.version} ${process.version}`;
const hashOf = (/** @type {string[]} */ ...texts) => createHash('sha256').update(texts.join('\0')).digest('hex');
const isCell = (/** @type {SourceFile} */ { fileName }) => /^__(tslab|prev)__\./.test(path.basename(fileName));
const placeOf = (/** @type {SourceFile} */ { fileName }) => path.join(folder, hashOf(fileName));

/** Of the file, and all that it imports. @type {(file: SourceFile, builder: Builder) => string} */
function keyOf(file, builder) {
  const versionOf = (/** @type {string} */ name) =>
    /** @type {{ version?: string } | undefined} */ (builder.getSourceFile(name))?.version;
  const versions = builder.getAllDependencies(file).map((name) => `${name} ${versionOf(name)}`);
  return hashOf(compilerIs, JSON.stringify(builder.getCompilerOptions()), ...versions.sort());
}

/** What was made of it before, if it was made of the same. @type {(place: string, key: string) => any} */
function readKept(place, key) {
  try {
    const kept = JSON.parse(fs.readFileSync(place, 'utf8'));
    return kept.key === key ? kept.made : undefined;
  } catch {
    return undefined;
  }
}

/** @type {<Made>(place: string, key: string, make: () => Made) => Made} */
function remembered(place, key, make) {
  const kept = readKept(place, key);
  if (kept !== undefined) return kept;
  const made = make();
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${place}.${process.pid}`, JSON.stringify({ key, made }));
    fs.renameSync(`${place}.${process.pid}`, place);
  } catch {
    // The disk is full or read-only: each kernel makes it then.
  }
  return made;
}

/** Lets `builder` translate only what was not translated before. @type {<Any extends Builder>(builder: Any) => Any} */
function remember(builder) {
  builders.set(builder.getProgram(), builder);
  const { emit } = builder;
  builder.emit = (file, write, ...how) => {
    if (file === undefined || write === undefined || isCell(file)) return emit(file, write, ...how);
    const outputs = remembered(placeOf(file), keyOf(file, builder), () => {
      /** @type {[string, string][]} */
      const outputs = [];
      emit(file, (name, text) => outputs.push([name, text]), ...how);
      return outputs.filter(([name]) => name.endsWith('.js'));
    });
    for (const [name, text] of outputs) {
      places.set(text, `${placeOf(file)}.cjs`);
      write(name, text, false);
    }
    return { emitSkipped: false, diagnostics: [] };
  };
  return builder;
}

/** @type {any} */
const patched = {
  ...ts,

  createWatchCompilerHost(/** @type {any[]} */ ...how) {
    const host = /** @type {any} */ (createWatchCompilerHost)(...how);
    const { createProgram } = host;
    host.createProgram = (/** @type {any[]} */ ...of) => remember(createProgram(...of));
    return host;
  },

  // What was translated has no errors: tslab translates nothing else.
  getPreEmitDiagnosticsOfFiles(/** @type {object} */ program, /** @type {SourceFile[]} */ files) {
    const builder = builders.get(program);
    const isNew = (/** @type {SourceFile} */ file) =>
      builder === undefined || isCell(file) || readKept(placeOf(file), keyOf(file, builder)) === undefined;
    return getPreEmitDiagnosticsOfFiles(program, files.filter(isNew));
  },

  /** @type {Compiler['transpileModule']} */
  transpileModule(text, options) {
    const make = () => transpileModule(text, options);
    const place = places.get(text);
    return place === undefined ? make() : remembered(place, hashOf(compilerIs, JSON.stringify(options), text), make);
  },
};

// Its exports can't be replaced one by one.
const compilerModule = require.cache[compiler];
if (compilerModule) compilerModule.exports = patched;
