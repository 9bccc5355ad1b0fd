// postCreateCommand: makes .env from .env.example, unless there is one. NAME=value arguments are written into it:
//   node --import=tsx devcontainer/make-env.ts SERVICE_URI=http://127.0.0.1:9200
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

async function main(values: string[]): Promise<void> {
  const root = path.resolve(__dirname, '..');
  const example = await readFile(path.join(root, '.env.example'), 'utf8');
  // VS Code puts what .env says into the kernels' environment, above what is there: an empty SERVICE_URI would hide the
  // Codespaces secret of that name.
  let text = example.replaceAll(/^\w+=$/gm, '# $&');
  for (const value of values) {
    const [name = ''] = value.split('=');
    text = text.replace(`\n# ${name}=\n`, `\n${value}\n`);
  }
  try {
    // Only its owner may read it: it will hold a password.
    await writeFile(path.join(root, '.env'), text, { flag: 'wx', mode: 0o600 });
    console.log('Created .env: put your settings there.');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    console.log('.env already exists and was not changed.');
    if (values.length > 0) console.log(`For this container it should say ${values.join(' ')}.`);
  }
}

void main(process.argv.slice(2));
