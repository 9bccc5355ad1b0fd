import { shellWord } from '../../console/shell-word';

/**
 * What makes JPEGs of the HEIC photos in a folder and below, beside them: a line for each system.
 * `find` puts the file's name for each `{}`, also within a word.
 */
export function heicCommands(folder: string): string[] {
  const found = `find ${shellWord(folder)} -iname '*.hei[cf]' -exec`;
  const windowsFolder = `'${folder.replaceAll(`'`, `''`)}'`;
  return [
    `macOS: ${found} sips -s format jpeg {} --out {}.jpg \\;`,
    `Linux: ${found} heif-convert {} {}.jpg \\;   (package libheif-examples)`,
    `Windows: Get-ChildItem ${windowsFolder} -Recurse -Include *.heic, *.heif | ` +
      `ForEach-Object { magick $_.FullName "$($_.FullName).jpg" }   (PowerShell; winget install ImageMagick.ImageMagick)`,
  ];
}
