// The sheet that lies over the screen, if any; a report comes with the meeting (screens/meeting.tsx).

import { loadGuide } from '../../locales/languages.ts';
import { later } from '../later.tsx';
import type { Model } from '../model.ts';
import { LeaveSheet } from './leave.tsx';

const SettingsSheet = later(async () => (await import('../extras.ts')).SettingsSheet);
const RulesSheet = later(async () => (await Promise.all([import('../extras.ts'), loadGuide()]))[0].RulesSheet);
const KeptSheet = later(async () => (await Promise.all([import('../extras.ts'), loadGuide()]))[0].KeptSheet);

export function SheetOver({ model }: { model: Model }) {
  const sheet = model.sheet.value;
  switch (sheet?.kind) {
    case 'settings':
      return <SettingsSheet model={model} key="settings" />;
    case 'kept':
      return <KeptSheet model={model} key="kept" />;
    case 'rules':
      return <RulesSheet model={model} then={sheet.then} key="rules" />;
    case 'leave':
      return <LeaveSheet model={model} then={sheet.then} key="leave" />;
    default:
      return null;
  }
}
