import { createNodeResolver, importX } from 'eslint-plugin-import-x';

/**
 * The floors of the house from the bottom up: a room may import what lies on the floors below it, and npm packages.
 * Under the roof (bench/, maintain/, test/, devcontainer/) everything may be imported, and from there nothing.
 */
const order = [
  'lib',
  'console',
  'download',
  ['local-opensearch', 'clip-model'],
  'workshop',
  'further',
  'app',
  'tools',
].map((floor) => [floor].flat());
const roof = ['bench', 'maintain', 'test', 'devcontainer'];

// An example stands for someone else's program: it knows lib/ alone, and nothing imports it.
const example = {
  room: 'examples',
  below: ['lib'],
  notBelow: [...order.flat(), ...roof].filter((room) => room !== 'lib'),
};

// The page is a product of lib/: settings, connection and model are passed in by tools/app.ts.
/** @type {Record<string, string[]>} */
const only = { app: ['lib', 'further'] };

const rooms = order.flatMap((floor, height) =>
  floor.map((room) => {
    const below = only[room] ?? order.slice(0, height).flat();
    const others = [...order.flat(), ...roof, 'examples'].filter((other) => other !== room);
    return { room, below, notBelow: others.filter((other) => !below.includes(other)) };
  }),
);

/**
 * Imports that go up, and circles, are errors of the linter.
 *
 * @type {import('eslint').Linter.Config}
 */
export const boundaries = {
  files: ['**/*.ts', '**/*.mjs'],
  plugins: { 'import-x': importX },
  settings: {
    'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'] })],
    'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.mjs'] },
  },
  rules: {
    'import-x/no-cycle': ['error', { ignoreExternal: true }],
    'import-x/no-restricted-paths': [
      'error',
      {
        zones: [...rooms, example].map(({ room, below, notBelow }) => ({
          target: `./${room}`,
          from: notBelow.map((other) => `./${other}`),
          message: `${room}/ imports only ${['npm packages', ...below.map((other) => `${other}/`)].join(', ')}.`,
        })),
      },
    ],
  },
};
