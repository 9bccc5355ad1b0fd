import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { classArchiveOptions } from './class-archive';
import { nodeCommandLine, type NodeOptions } from './command-line';
import type { Java } from './find-java';
import { writeNodeRecord } from './node-record';
import { asOrdinaryUser } from './ordinary-user';
import type { LocalOpenSearchPaths } from './paths';

/** A process that was started, and how it ended if it has. */
export interface LaunchedNode {
  pid: number;
  ended?: { code: number | null; signal: NodeJS.Signals | null };
}

/**
 * Starts the node's process. It lives on when this one ends, even by Ctrl-C: it has a session of its own, and no
 * pipe leads to it.
 */
export function launchNode(paths: LocalOpenSearchPaths, java: Java, options: NodeOptions): LaunchedNode {
  writeConfiguration(paths);
  const archive = options.javaOptions.length === 0 ? classArchiveOptions(paths, java) : [];
  const javaOptions = [...archive, ...options.javaOptions];
  const commandLine = nodeCommandLine(paths, java, { ...options, javaOptions });
  const [program = java.command, ...rest] = asOrdinaryUser(commandLine, paths);
  const output = openSync(paths.console, 'w', 0o600);
  const child = spawn(program, rest, {
    cwd: paths.server,
    detached: true,
    stdio: ['ignore', output, output],
    // Nothing else: the environment may hold the password of another cluster, or options for other Java programs.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
  });
  closeSync(output);
  child.unref();
  const node: LaunchedNode = { pid: child.pid ?? 0 };
  child.on('error', (error) => {
    writeFileSync(paths.console, `ERROR ${error.message}\n`);
  });
  child.on('exit', (code, signal) => {
    node.ended = { code, signal };
  });
  writeNodeRecord(paths, { pid: node.pid });
  return node;
}

function writeConfiguration(paths: LocalOpenSearchPaths): void {
  for (const folder of [paths.configuration, paths.data, paths.logs, paths.temporary]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  // `path.data` is a list: on the command line, a comma in a folder's name would split it.
  const settings = `path.data: ${JSON.stringify([paths.data])}\n`;
  writeFileSync(path.join(paths.configuration, 'opensearch.yml'), settings);
  writeFileSync(path.join(paths.configuration, 'log4j2.properties'), logging);
  rmSync(paths.address, { force: true });
  keepPreviousLog(paths);
}

function keepPreviousLog(paths: LocalOpenSearchPaths): void {
  try {
    renameSync(paths.log, path.join(paths.logs, 'opensearch-previous.log'));
  } catch {
    // The first start.
  }
}

/** One log file of at most 20 MB, in place of the server's seven. */
const logging = String.raw`status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${'${sys:opensearch.logs.base_path}'}/opensearch.log
appender.file.filePattern = ${'${sys:opensearch.logs.base_path}'}/opensearch-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 1
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
`;
