// What there is to say about a call while it goes on, in the order of importance, above the picture.

import { t, type Key } from '../../locales/index.ts';
import { CameraOff, MicOff, ScreenShare, Warning, type Icon } from '../icons.tsx';
import { DeviceNotice } from '../media/device_notice.tsx';
import type { Model } from '../model.ts';
import type { CallUi } from './call_ui.ts';

export function Notes({ model, ui, video }: { model: Model; ui: CallUi; video: () => HTMLVideoElement }) {
  const { call, partnerMedia } = model.view.value;
  const { devices } = model;
  const about = partnerMedia && aboutPartner(partnerMedia);
  const play = (): void => void video().play().then(() => (ui.mustPlay.value = false));
  return (
    <div class="call-notes">
      <div role="status">
        {call.shaky && (
          <p class="pill warning" data-testid="shaky">
            <Warning />
            {t('call.shaky')}
          </p>
        )}
      </div>
      <DeviceNotice model={model} place="call" />
      <p role="status" class={about ? 'pill' : 'empty'} data-testid="partner-media">
        {about && <about.icon />}
        {about && t(about.words)}
      </p>
      {devices.screen.value && (
        <p class="pill sharing" data-testid="sharing">
          <ScreenShare />
          {t('call.sharing')}
          <button type="button" data-testid="share-stop" onClick={() => devices.stopSharing()}>
            {t('call.share.stop')}
          </button>
        </p>
      )}
      {ui.mustPlay.value && (
        <button type="button" class="main large play" data-testid="play" onClick={play}>
          {t('call.play')}
        </button>
      )}
    </div>
  );
}

function aboutPartner(media: { video: boolean; sound: boolean; screen: boolean }): { icon: Icon; words: Key } | null {
  if (media.screen) return { icon: ScreenShare, words: media.sound ? 'call.partner.screen' : 'call.partner.screen.sound' };
  if (!media.video) return { icon: CameraOff, words: media.sound ? 'call.partner.video' : 'call.partner.both' };
  return media.sound ? null : { icon: MicOff, words: 'call.partner.sound' };
}
