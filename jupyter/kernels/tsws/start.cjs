// Starts the tslab kernel from this repository's node_modules, so that nothing is installed outside it.
const fs = require('node:fs');
const path = require('node:path');
const { inspect } = require('node:util');

const root = path.resolve(__dirname, '../../..');
const tslab = path.join(root, 'node_modules/tslab/dist/main.js');

if (!fs.existsSync(tslab)) {
  console.error(`The TypeScript kernel is not installed in ${root}: run \`npm run setup\` there.`);
  process.exit(1);
}

// A promise that is rejected without being awaited leaves its cell green: `scripts/run-notebooks.py` reads of it here.
const notes = process.env.WORKSHOP_KERNEL_ERRORS;
if (notes) {
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (error) => fs.appendFileSync(notes, `${inspect(error)}\n`));
  }
}

// tslab compiles with the working directory as root: from here `./lib/…` resolves whatever folder the
// notebook lies in.
process.env.NOTEBOOK_DIR = process.cwd();
process.chdir(root);
require(tslab).main();
