import os from 'node:os';

/** A path that may begin at the home folder (`~/Pictures`), which only a shell would put in. */
export function fromHome(path: string): string {
  return path.replace(/^~(?=[/\\]|$)/, () => os.homedir());
}
