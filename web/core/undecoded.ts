// Pictures that arrive and are never decoded: the partner is asked for another codec. A browser may say that it takes what a part of its device
// then cannot do, and asks for key frames for ever. A key frame that was lost is asked for again and there long before this.

/** Nothing was decoded for so long, while pictures kept arriving. */
export const kUndecodedMs = 4_000;

export class Undecoded {
  private codec: string | null = null;
  private since = 0;
  private readonly told = new Set<string>();

  /** `codec`: of pictures that arrived since the last look and of which none was decoded, or null. Gives it back once, when it is to be told. */
  handle(now: number, codec: string | null): string | null {
    if (codec !== this.codec) {
      this.codec = codec;
      this.since = now;
    }
    if (codec === null || now - this.since < kUndecodedMs || this.told.has(codec)) return null;
    this.told.add(codec);
    return codec;
  }

  /** What was seen is of a path that broke. */
  forget(): void {
    this.codec = null;
  }

  /** The partner knows nothing of it any more. */
  tellAgain(): void {
    this.forget();
    this.told.clear();
  }
}
