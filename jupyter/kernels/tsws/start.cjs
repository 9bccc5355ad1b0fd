// Starts the tslab kernel from this repository's node_modules: nothing is installed outside it.
const fs = require('node:fs');
const path = require('node:path');
const { inspect } = require('node:util');

const root = path.resolve(__dirname, '../../..');
const tslab = path.join(root, 'node_modules/tslab/dist/main.js');

if (!fs.existsSync(tslab)) {
  console.error(`The TypeScript kernel is not installed in ${root}: run \`node tools/setup.mjs\` there.`);
  process.exit(1);
}

// A promise that is rejected without being awaited leaves its cell green: `tools/run-notebooks.py` reads of it here.
const notes = process.env.WORKSHOP_KERNEL_ERRORS;
if (notes) {
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (error) => fs.appendFileSync(notes, `${inspect(error)}\n`));
  }
}

// VS Code puts what .env says into a kernel's environment, where it would win over later changes of the file. The
// settings are read from the file itself.
try {
  const { parse } = require(path.join(root, 'node_modules/dotenv'));
  for (const [name, value] of Object.entries(parse(fs.readFileSync(path.join(root, '.env'))))) {
    if (process.env[name] === value) delete process.env[name];
  }
} catch {
  // There is none, or one that can't be read, which readSettings will tell.
}

// tslab compiles with the working directory as root: from here `./lib/…` resolves whatever folder the
// notebook lies in.
process.env.NOTEBOOK_DIR = process.cwd();
process.chdir(root);

// A new file in a folder that tslab's compiler watches, such as one of your own in lib/, makes every later cell fail
// with "Unexpected pending rebuildTimer". Folders are not watched, then; files that were imported still are.
const { sys } = require(path.join(root, 'node_modules/@tslab/typescript-for-tslab'));
sys.watchDirectory = () => ({ close: () => undefined });

// JupyterLab asks each kernel for the inputs of earlier sessions. tslab has none, leaves the question unanswered, which
// does no harm, and says so in the terminal of `npm start`. (Answered by an empty list, JupyterLab shows the kernel as
// "Unknown" for ever.)
const { warn } = console;
console.warn = (...what) => {
  if (what[0] !== 'unknown msg_type: history_request') warn.apply(console, what);
};

require('./send-when-bound.cjs');
require('./remember-compiled.cjs');
require('./warm-up.cjs');

require(tslab).main();
