// Tells the measuring process the port, and collects garbage when asked, so that only what is in use is measured.
export function answerParent(port) {
  process.on('message', (message) => {
    if (message !== 'collect') return;
    globalThis.gc();
    globalThis.gc();
    process.send('collected');
  });
  process.send({ port });
}
