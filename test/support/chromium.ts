import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The Chromium or Chrome that browser tests run in: CHROMIUM if set, else the first in PATH; undefined if none. */
function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : undefined;
  return (env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

/** Why browser tests can't run here, as `skip` of node:test takes it; false if they can. */
export const skipWithoutChromium: string | false =
  findChromium() === undefined
    ? 'no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM to its path'
    : false;

/** A browser of its own: no profile, nothing asked of the network but what pages ask. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox', // it does not run as root otherwise, as CI and containers have it
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
