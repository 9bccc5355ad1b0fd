// transformers.js used plainly, as the examples in its documentation do: one photo at a time, read, prepared and run.
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  RawImage,
  type DataType,
  type Tensor,
} from '@xenova/transformers';
import { readTask, report, samples, timed, timeTexts, type Report } from './measure';

type Outputs = Record<string, Tensor | undefined>;

const values = (tensor: Tensor | undefined) => tensor?.data as Float32Array;

async function measurePhotos(model: string, dtype: DataType, photos: string[]): Promise<Omit<Report, 'peakRssMb'>> {
  const loading = await timed(async () => {
    const processor = await AutoProcessor.from_pretrained(model, { local_files_only: true });
    const visionModel = await CLIPVisionModelWithProjection.from_pretrained(model, { local_files_only: true, dtype });
    const embed = async (photo: string) => {
      const image = await RawImage.read(photo);
      const inputs = (await processor(image)) as Outputs;
      return values(((await visionModel(inputs)) as Outputs).image_embeds);
    };
    await embed(photos[0] ?? '');
    return embed;
  });
  const photoVectors: number[][] = [];
  const { seconds, cpuSeconds } = await timed(async () => {
    for (const photo of photos) {
      const vector = await loading.result(photo);
      if (photoVectors.length < samples) photoVectors.push(Array.from(vector));
    }
  });
  return { loadSeconds: loading.seconds, photos: { seconds, cpuSeconds }, photoVectors };
}

async function measureTexts(model: string, dtype: DataType, texts: string[]): Promise<Omit<Report, 'peakRssMb'>> {
  const loading = await timed(async () => {
    const tokenizer = await AutoTokenizer.from_pretrained(model, { local_files_only: true });
    const textModel = await CLIPTextModelWithProjection.from_pretrained(model, { local_files_only: true, dtype });
    const embed = async (text: string) => {
      const inputs = tokenizer([text], { padding: true, truncation: true }) as Outputs;
      return values(((await textModel(inputs)) as Outputs).text_embeds);
    };
    await embed('a photo');
    return embed;
  });
  return { loadSeconds: loading.seconds, ...(await timeTexts(texts, loading.result)) };
}

async function main(): Promise<void> {
  const { model, dtype, photos, texts } = readTask();
  const weights = dtype as DataType;
  report(photos.length > 0 ? await measurePhotos(model, weights, photos) : await measureTexts(model, weights, texts));
}

void main();
