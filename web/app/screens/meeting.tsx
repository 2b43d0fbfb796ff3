// From the link or the search to the end of the call: one part, fetched while the person is still choosing, so that it is there when
// the server is not.

import type { Model } from '../model.ts';
import { CallScreen } from './call.tsx';
import { Card } from './card.tsx';
import { Ended } from './ended.tsx';
import { ReportSheet } from './report.tsx';
import { Waiting } from './waiting.tsx';

export { PrivateLink } from './private.tsx';
export { Ready } from './ready.tsx';

export function Meeting({ model }: { model: Model }) {
  return (
    <>
      <Screen model={model} />
      <ReportSheet model={model} />
    </>
  );
}

function Screen({ model }: { model: Model }) {
  switch (model.screen.value) {
    case 'card':
    case 'accepting':
      return <Card model={model} />;
    case 'connecting':
    case 'connected':
      return <CallScreen model={model} key={model.view.value.call.call ?? ''} />;
    case 'ended':
      return <Ended model={model} />;
    default:
      return <Waiting model={model} />;
  }
}
