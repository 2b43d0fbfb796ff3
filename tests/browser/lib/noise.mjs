// A picture that costs what its sender may use, one way: noise, of which no codec makes less.

/** From now on this person's picture is noise, of so many bits a second whatever the page makes of pictures in a call. */
export function sendNoise(person, { width, height, fps, bitsPerSecond }) {
  return person.page.evaluate(
    async (size, rate, bits) => {
      const canvas = Object.assign(document.createElement('canvas'), size);
      const context = canvas.getContext('2d');
      const picture = context.createImageData(size.width, size.height);
      const pixels = new Uint32Array(picture.data.buffer);
      let random = 1;
      window.vvNoise = setInterval(() => {
        for (let at = 0; at < pixels.length; ++at) {
          // xorshift32
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          pixels[at] = random | 0xff000000;
        }
        context.putImageData(picture, 0, 0);
      }, 1000 / rate);
      const sender = visavis.pc.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video').sender;
      const setParameters = sender.setParameters.bind(sender);
      sender.setParameters = (parameters) => {
        for (const encoding of parameters.encodings) Object.assign(encoding, { active: true, maxBitrate: bits, maxFramerate: rate, scaleResolutionDownBy: 1 });
        parameters.degradationPreference = 'maintain-resolution';
        return setParameters(parameters);
      };
      await sender.setParameters(sender.getParameters());
      await sender.replaceTrack(canvas.captureStream(rate).getVideoTracks()[0]);
    },
    { width, height },
    fps,
    bitsPerSecond,
  );
}

/** From now on neither sound nor picture goes out from this person. */
export function sendNothing(person) {
  return person.page.evaluate(() => Promise.all(visavis.pc.getSenders().map((sender) => sender.replaceTrack(null))));
}

/** How much of sound and picture this person's browser has received so far, in bytes, and when, in ms. */
export function mediaReceived(person) {
  return person.page.evaluate(async () => {
    const streams = [...(await visavis.pc.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
    return { at: performance.now(), bytes: streams.reduce((sum, { bytesReceived, headerBytesReceived = 0 }) => sum + bytesReceived + headerBytesReceived, 0) };
  });
}
