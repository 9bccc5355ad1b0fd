/** A field of a protobuf message: where its value lies in the bytes. */
export interface ProtobufField {
  number: number;
  /** Where the field begins, with its tag. */
  from: number;
  /** Where the value itself begins: after a length, where there is one. */
  start: number;
  end: number;
}

/**
 * The fields of the protobuf message that lies in `bytes` from `start` to `end`, in their order.
 *
 * @throws RangeError if it is not such a message
 */
export function* protobufFields(bytes: Uint8Array, start = 0, end = bytes.length): Generator<ProtobufField> {
  let position = start;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[position++];
      if (byte === undefined || position > end) throw new RangeError('the message is cut off');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (position < end) {
    const from = position;
    const tag = varint();
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    let valueStart = position;
    if (wireType === 0) varint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else if (wireType === 2) {
      const length = varint();
      valueStart = position;
      position += length;
    } else throw new RangeError(`a field has the unknown wire type ${wireType}`);
    if (position > end) throw new RangeError('the message is cut off');
    yield { number, from, start: valueStart, end: position };
  }
}
