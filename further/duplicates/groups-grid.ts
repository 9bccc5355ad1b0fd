import { escapeHtml, noLatex } from '../../lib/html';
import { type GridOptions, photoGrid } from '../../lib/grid';
import type { PhotoHit } from '../../lib/search';

/** Each picture is about 15 kB of the notebook. */
const mostPhotos = 6;

/**
 * Groups of photos as HTML, a grid for each.
 *
 * @param most how many groups are shown, the first ones
 */
export async function groupsGrid(
  groups: readonly (readonly PhotoHit[])[],
  { heading = '', most = 5, ...options }: GridOptions & { most?: number },
): Promise<string> {
  const left = groups.length - most;
  const line = (text: string) =>
    `<div ${noLatex} style="font:14px/1.4 system-ui,sans-serif;padding:4px 0">${escapeHtml(text)}</div>`;
  const shown: string[] = [
    line(`${heading}${heading && ': '}${groups.length === 1 ? '1 group' : `${groups.length} groups`}`),
  ];
  for (const group of groups.slice(0, most)) {
    const more = group.length > mostPhotos ? `, ${mostPhotos} of them here` : '';
    shown.push(await photoGrid(group.slice(0, mostPhotos), { ...options, heading: `${group.length} photos${more}` }));
  }
  if (left > 0) shown.push(line(`and ${left} more`));
  return shown.join('');
}
