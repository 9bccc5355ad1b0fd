import assert from 'node:assert/strict';
import path from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../../workshop/settings';

/**
 * Fails with the compiler's complaints about the files of a `tsconfig.json`, if it has any.
 *
 * @param options.isOwnOnly leaves what they import to those who check that with stricter settings
 * @returns what it has found out, for the linter: `parserOptions: { programs: [program] }`
 */
export function compile(tsconfig: string, { isOwnOnly = false } = {}): ts.Program {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(repositoryRoot, tsconfig), undefined, host);
  assert.ok(config, `${tsconfig} can't be read`);
  const program = ts.createProgram(config.fileNames, config.options);
  const wanted = isOwnOnly ? config.fileNames.map((name) => program.getSourceFile(name)) : [undefined];
  const found = wanted.flatMap((file) => ts.getPreEmitDiagnostics(program, file));
  const names = { getCurrentDirectory: () => repositoryRoot, getCanonicalFileName: String, getNewLine: () => '\n' };
  assert.equal(ts.formatDiagnostics([...config.errors, ...found], names), '');
  return program;
}
