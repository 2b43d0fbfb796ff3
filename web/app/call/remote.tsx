// The partner: their picture, or calm words and a figure while there is none.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { watchFirstFrame } from '../debug.ts';
import { Person } from '../icons.tsx';
import { Picture } from '../media/picture.tsx';
import type { Model } from '../model.ts';
import type { CallUi } from './call_ui.ts';
import type { Size } from './corner.ts';
import { fitPicture } from './fit.ts';
import { patienceAfter } from './patience.ts';

const kUnknown: Size = { width: 0, height: 0 };

export function Remote({ model, ui, video }: { model: Model; ui: CallUi; video: { current: HTMLVideoElement | null } }) {
  const { remoteTracks, partnerMedia, call } = model.view.value;
  const box = useRef<HTMLDivElement>(null);
  const picture = useSignal(kUnknown);
  const stage = useSignal(kUnknown);
  const isScreen = partnerMedia?.screen === true;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => (stage.value = entry!.contentRect));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const covered = partnerMedia?.video === false || call.phase === 'connecting';
  return (
    <div class="remote" ref={box}>
      <Picture
        tracks={remoteTracks}
        testid="remote-video"
        label={t(isScreen ? 'call.remote.screen' : 'call.remote')}
        covered={covered}
        fit={fitPicture(picture.value, stage.value, isScreen)}
        speaker={model.devices.speaker.value}
        onStarted={(element) => {
          video.current = element;
          watchFirstFrame(model.client, element);
        }}
        onBlocked={(on) => (ui.mustPlay.value = on)}
        onSize={(size) => (picture.value = size)}
      />
      {covered && (
        <div class="figure">
          <Person />
          {call.phase === 'connecting' && <Connecting model={model} />}
        </div>
      )}
    </div>
  );
}

function Connecting({ model }: { model: Model }) {
  const words = useComputed(() => {
    const since = model.client.timings.accepted ?? model.now.value;
    return patienceAfter(model.now.value - since);
  });
  return (
    <div class="connecting" role="status">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <p data-testid="patience" data-patience={words.value}>
        {t(`call.patience.${words.value}`)}
      </p>
    </div>
  );
}
