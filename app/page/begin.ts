import type { IndexProgress } from '../types';
import { ask } from './ask';
import { byId } from './element';

const section = byId('begin', HTMLElement);
const line = byId('begin-progress', HTMLProgressElement);
const says = byId('begin-says', HTMLParagraphElement);

/** Sets up the offer to index photos, for where there is no index yet. */
export function prepareBegin(done: () => void): void {
  const begin = async (folder?: string) => {
    section.classList.add('working');
    says.textContent = 'Getting the model ready …';
    line.hidden = false;
    line.removeAttribute('value');
    try {
      const body = JSON.stringify({ folder });
      await ask('api/index', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    } catch (error) {
      end((error as Error).message);
      return;
    }
    const events = new EventSource('api/index/events');
    events.onmessage = ({ data }) => {
      const { state, done: photos, total, note } = JSON.parse(String(data)) as IndexProgress;
      if (state === 'working') {
        if (total !== undefined) [line.max, line.value] = [total, photos];
        if (photos > 0) {
          says.textContent = `${photos}${total === undefined ? '' : ` of ${total}`} photos${note === undefined ? '' : `, ${note}`}`;
        }
        return;
      }
      events.close();
      end(state === 'failed' ? (note ?? 'It failed.') : '');
      if (state === 'done') done();
    };
    events.onerror = () => {
      says.textContent = 'The page’s server does not answer: waiting for it …';
    };
  };
  const end = (message: string) => {
    section.classList.remove('working');
    line.hidden = true;
    says.textContent = message;
  };
  byId('begin-photos', HTMLButtonElement).onclick = () => void begin();
  byId('begin-own', HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    void begin(byId('folder', HTMLInputElement).value);
  };
}

export function showBegin(isMissing: boolean): void {
  section.hidden = !isMissing;
}
