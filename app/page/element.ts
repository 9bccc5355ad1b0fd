type Child = Node | string | undefined | false;

/** Makes an element. Texts become text nodes, whatever they hold. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** An element of index.html. */
export function byId<Found extends HTMLElement>(id: string, type: new () => Found): Found {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} '${id}'.`);
}

const svg = 'http://www.w3.org/2000/svg';

/** A button with one of the icons in index.html. */
export function iconButton(icon: string, label: string, onclick: () => void): HTMLButtonElement {
  const picture = document.createElementNS(svg, 'svg');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `#i-${icon}`);
  picture.setAttribute('aria-hidden', 'true');
  picture.append(use);
  return element('button', { type: 'button', className: 'icon', ariaLabel: label, onclick, title: label }, picture);
}

/** A link to elsewhere, or the text alone. */
export function outwardLink(text: string, address?: string): Node {
  if (address === undefined) return document.createTextNode(text);
  return element('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, text);
}
