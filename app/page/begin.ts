import type { IndexProgress } from '../types';
import { ask } from './ask';
import { byId } from './element';

const section = byId('begin', HTMLElement);
const fields = byId('begin-fields', HTMLFieldSetElement);
const line = byId('begin-progress', HTMLProgressElement);
const says = byId('begin-says', HTMLParagraphElement);

/** Sets up the offer to index photos, for where there is no index yet. */
export function prepareBegin(done: () => void): void {
  const begin = async (folder?: string) => {
    fields.disabled = true;
    line.hidden = false;
    line.removeAttribute('value');
    says.textContent = 'Getting the model ready …';
    try {
      const headers = { 'content-type': 'application/json' };
      await ask('api/index', { method: 'POST', headers, body: JSON.stringify({ folder }) });
      says.textContent = (await follow()) ?? '';
      done();
    } catch (error) {
      says.textContent = (error as Error).message;
    } finally {
      fields.disabled = false;
      line.hidden = true;
    }
  };
  byId('begin-photos', HTMLButtonElement).onclick = () => void begin();
  byId('begin-own', HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    void begin(byId('folder', HTMLInputElement).value);
  };
}

/** Shows how far it is, until it is done. @returns why it failed, if it did */
async function follow(): Promise<string | undefined> {
  for (;;) {
    const { state, done, total, note } = await ask<IndexProgress>('api/index');
    if (state !== 'working') return state === 'failed' ? note : undefined;
    if (total !== undefined) [line.max, line.value] = [total, done];
    const count = total === undefined ? `${done} photos` : `${done} of ${total} photos`;
    if (done > 0) says.textContent = [count, note].filter(Boolean).join(', ');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function showBegin(isMissing: boolean): void {
  section.hidden = !isMissing;
}
