/**
 * Threads of onnxruntime that wait for work spin for 20 microseconds, then sleep: the processor is needed meanwhile, for
 * decoding photos and for whatever else runs beside this. Where they spin as long as is their default, the model runs
 * at half the speed on a busy machine; where they never spin, a quantised model loses a quarter of it on an idle one.
 */
export const sessionOptions = { extra: { session: { intra_op: { spin_duration_us: '20' } } } };
