import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atExit } from '../at-exit';
import { freePorts } from '../free-ports';
import { outputOf } from '../run-subject';

interface PgvectorApp {
  /** Of the page that searches. */
  url: string;
  /** Processes whose children belong to it as well: the database, the model's server, the page's. */
  pids: number[];
  /** Turns photos into rows, one request for each. @param list a file with their paths in JSON */
  fill: (list: string) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Starts the app with PostgreSQL and pgvector, without containers: three processes on the loopback interface. The
 * database, with pgvector, comes from the package `pgserver` on PyPI, and runs with its own defaults.
 */
export async function startPgvectorApp(python: string, model: string): Promise<PgvectorApp> {
  const where = "import pgserver; print(pgserver.__path__[0], end='')";
  const programs = path.join(await outputOf(python, ['-c', where]), 'pginstall', 'bin');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop-pgvector-'));
  const children: ChildProcess[] = [];
  const end = atExit(() => {
    for (const child of children) child.kill('SIGINT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const data = path.join(folder, 'database');
  mkdirSync(data);
  // PostgreSQL does not run as root, which containers often have.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
  if (nobody) for (const name of [folder, data]) chownSync(name, nobody.uid, nobody.gid);
  const [databasePort = NaN, clipPort = NaN, queryPort = NaN] = await freePorts(3);
  const env = {
    ...process.env,
    MODEL: model,
    CLIP_URL: `http://127.0.0.1:${clipPort}`,
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${databasePort}/postgres`,
  };
  const run = (command: string, args: string[], options: SpawnOptions = {}) =>
    spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const app = path.join(__dirname, 'app.py');

  const made = run(path.join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'], nobody);
  await once(made, 'exit');
  const place = ['-h', '127.0.0.1', '-p', String(databasePort), '-k', folder];
  children.push(
    run(path.join(programs, 'postgres'), ['-D', data, ...place], { ...nobody, stdio: 'ignore' }),
    run(python, [app, 'clip', String(clipPort)]),
    run(python, [app, 'query', String(queryPort)]),
  );
  /** The database last: what the others have begun is finished. */
  const close = async () => {
    for (const child of [...children].reverse()) {
      child.kill('SIGINT');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    end();
  };
  for (const port of [clipPort, queryPort]) {
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/docs`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (let waited = 0; !(await answers()); waited++) {
      if (waited > 240) {
        await close();
        throw new Error('The app with pgvector does not start.');
      }
      await pause(500);
    }
  }
  return {
    url: `http://127.0.0.1:${queryPort}`,
    pids: children.flatMap(({ pid }) => pid ?? []),
    async fill(list) {
      const [code] = (await once(run(python, [app, 'fill', list]), 'exit')) as [number | null];
      if (code !== 0) throw new Error('The database could not be filled.');
    },
    close,
  };
}
