import assert from 'node:assert/strict';
import path from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../../workshop/settings';

/**
 * Fails with the compiler's complaints about the files of a `tsconfig.json`, if it has any.
 *
 * @returns what it has found out, for the linter: `parserOptions: { programs: [program] }`
 */
export function compile(tsconfig: string): ts.Program {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(repositoryRoot, tsconfig), undefined, host);
  assert.ok(config, `${tsconfig} can't be read`);
  const program = ts.createProgram(config.fileNames, config.options);
  const names = { getCurrentDirectory: () => repositoryRoot, getCanonicalFileName: String, getNewLine: () => '\n' };
  assert.equal(ts.formatDiagnostics([...config.errors, ...ts.getPreEmitDiagnostics(program)], names), '');
  return program;
}
