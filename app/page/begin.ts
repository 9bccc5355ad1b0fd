import type { IndexProgress } from '../types';
import { ask } from './ask';
import { byId } from './element';

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
      const body = JSON.stringify({ folder });
      let job = await ask<IndexProgress>('api/index', { method: 'POST', headers, body });
      while (job.state === 'working') {
        await new Promise((resolve) => setTimeout(resolve, 200));
        job = await ask('api/index');
        const { done, total, note } = job;
        if (total !== undefined) [line.max, line.value] = [total, done];
        const count = total === undefined ? `${done} photos` : `${done} of ${total} photos`;
        if (done > 0) says.textContent = [count, note].filter(Boolean).join(', ');
      }
      says.textContent = (job.state === 'failed' && job.note) || '';
      done();
    } catch (error) {
      says.textContent = (error as Error).message;
    }
    fields.disabled = false;
    line.hidden = true;
  };
  byId('begin-photos', HTMLButtonElement).onclick = () => void begin();
  byId('begin-own', HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    void begin(byId('folder', HTMLInputElement).value);
  };
}
