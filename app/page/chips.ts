import type { Chip } from './address';
import { photoAddress } from './ask';
import { byId, element, iconButton } from './element';

const weights = [0.25, 0.5, 1, 1.5, 2];

/** Small pictures of dropped photos, which only this page has: by their vectors. */
export const droppedPictures = new Map<string, string>();

/** Shows the photos that are searched with, beside the text: each with its weight. */
export function showChips(chips: readonly Chip[], change: (chips: Chip[]) => void): void {
  const replace = (old: Chip, next?: Chip) => {
    change(chips.flatMap((chip) => (chip === old ? (next ?? []) : chip)));
  };
  byId('chips', HTMLUListElement).replaceChildren(
    ...chips.map((chip) => {
      const name = chip.kind === 'like' ? chip.what : 'your photo';
      const source = chip.kind === 'like' ? photoAddress(chip.what, 'thumb') : droppedPictures.get(chip.what);
      const isLess = chip.weight < 0;
      const size = Math.abs(chip.weight);
      const sign = element('select', { ariaLabel: `${name}: more or less like it` });
      sign.append(new Option('more like', '1', false, !isLess), new Option('less like', '-1', false, isLess));
      sign.onchange = () => {
        replace(chip, { ...chip, weight: Number(sign.value) * size });
      };
      const weight = element('select', { ariaLabel: `${name}: weight` });
      for (const value of new Set([...weights, size].sort((a, b) => a - b))) {
        weight.append(new Option(`× ${value}`, String(value), false, value === size));
      }
      weight.onchange = () => {
        replace(chip, { ...chip, weight: Number(weight.value) * (isLess ? -1 : 1) });
      };
      const picture = source === undefined ? undefined : element('img', { src: source, alt: '' });
      const remove = iconButton('close', `Search without ${name}`, () => {
        replace(chip);
      });
      return element(
        'li',
        { className: isLess ? 'chip less' : 'chip', title: name },
        ...[sign, picture ?? element('span', {}, 'your photo'), weight, remove],
      );
    }),
  );
}
