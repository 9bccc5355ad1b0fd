/**
 * A name as disks may have it: `ü` is one character, or `u` and two dots (macOS, and what was copied from there). An index
 * has names as the disk had them.
 *
 * @returns the name as it is, and in Unicode's normal forms C and D, each once
 */
export function normalForms(name: string): string[] {
  return [...new Set([name, name.normalize('NFC'), name.normalize('NFD')])];
}
