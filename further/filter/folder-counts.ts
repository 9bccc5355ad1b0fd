interface FolderCount {
  /** A folder below the photos folder, such as `holidays/2024`. */
  value: string;
  count: number;
}

/**
 * How many photos each folder holds together with the folders in it, which is what `photoFilter` finds by it.
 *
 * @param own how many lie in each folder itself, not in a folder of it
 * @returns most first; also folders that hold nothing but folders
 */
export function folderCounts(own: readonly FolderCount[]): FolderCount[] {
  const counts = new Map<string, number>();
  for (const { value, count } of own) {
    for (const { index } of `${value}/`.matchAll(/\//g)) {
      const folder = value.slice(0, index);
      counts.set(folder, (counts.get(folder) ?? 0) + count);
    }
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}
