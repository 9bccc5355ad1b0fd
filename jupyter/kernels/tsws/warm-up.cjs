// A notebook's first cell waits until the types and packages that it imports are read. They are read while its reader
// still reads: some time after the kernel's start, when it has mostly been asked whether it is there, and only if no cell
// has run by then.
const path = require('node:path');
const converters = require('../../../node_modules/tslab/dist/converter.js');

const root = path.resolve(__dirname, '../../..');
const packages = ['@opensearch-project/opensearch', 'sharp', '@xenova/transformers'];
const modules = ['lib/index', 'workshop/index', 'further/index'];
/** From the kernel's start, in ms. */
const pauseMs = 1500;

const { createConverter } = converters;
converters.createConverter = (options) => {
  const converter = createConverter(options);
  const { convert } = converter;
  let isUsed = false;
  converter.convert = (...cell) => {
    isUsed = true;
    return convert(...cell);
  };
  const steps = [
    // What a word in a cell means is asked: that reads all types, and leaves nothing behind in the kernel.
    () => converter.inspect('', `${modules.map((name) => `import './${name}';`).join('')} 1`, 0),
    ...packages.map((name) => () => require(require.resolve(name, { paths: [root] }))),
  ];
  const next = () => {
    const step = steps.shift();
    if (isUsed || !step) return;
    try {
      step();
    } catch {
      return; // the cell that needs what is missing says so
    }
    setTimeout(next, 50);
  };
  if (!options?.isBrowser) setTimeout(next, pauseMs).unref();
  return converter;
};
