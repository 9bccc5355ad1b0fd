/** A program that is measured: it is given a `Task` and prints a `Report` (subjects/measure.ts, subjects/measure.py). */
export interface Subject {
  id: string;
  /** As the tables have it. */
  name: string;
  /** File in subjects/. */
  program: string;
  dtype: 'fp32' | 'fp16' | 'q8';
  /** Whether it turns texts into vectors too. */
  texts: boolean;
  /** Run with the environment that the notebooks' kernel has: it is ours. */
  asInNotebooks?: boolean;
  /** Part of the ceiling: it does only half of the work. */
  ceiling?: boolean;
}

const theirs = 'transformers.js, one photo at a time';
const python = 'Python, onnxruntime, batches of 8';

export const subjects: Subject[] = [
  {
    id: 'original',
    name: "The original's way: Python, PyTorch, openai/CLIP, batches of 100",
    program: 'original.py',
    dtype: 'fp32',
    texts: true,
  },
  workshop('fp32'),
  workshop('fp16'),
  workshop('q8'),
  { id: 'python-fp32', name: python, program: 'python_onnxruntime.py', dtype: 'fp32', texts: true },
  { id: 'python-q8', name: python, program: 'python_onnxruntime.py', dtype: 'q8', texts: true },
  { id: 'transformers-js-fp32', name: theirs, program: 'transformers-js.ts', dtype: 'fp32', texts: true },
  { id: 'transformers-js-q8', name: theirs, program: 'transformers-js.ts', dtype: 'q8', texts: true },
  ceiling('model-fp32', 'Ceiling: the model alone on ready input', 'model-alone.ts', 'fp32'),
  ceiling('model-q8', 'Ceiling: the model alone on ready input', 'model-alone.ts', 'q8'),
  ceiling('decode', 'Ceiling: decoding and resizing alone', 'decode-alone.ts', 'fp32'),
];

function workshop(dtype: Subject['dtype']): Subject {
  return { id: `ours-${dtype}`, name: 'This workshop', program: 'ours.ts', dtype, texts: true, asInNotebooks: true };
}

function ceiling(id: string, name: string, program: string, dtype: Subject['dtype']): Subject {
  return { id, name, program, dtype, texts: false, ceiling: true, asInNotebooks: true };
}
