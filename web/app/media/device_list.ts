// Which cameras, microphones and speakers there are, which of them a person has picked, and what is used when a picked one is gone.

import { object, or, parseJson, text } from '../../core/shape.ts';

export type DeviceKind = 'camera' | 'microphone' | 'speaker';
export const kDeviceKinds: readonly DeviceKind[] = ['camera', 'microphone', 'speaker'];

/** Before the person has let the page use a device of a kind, browsers keep both `id` and `label` empty. */
export interface Device {
  id: string;
  label: string;
  /** The same for the entries that are one thing, where the browser tells. */
  group?: string;
}

export type DeviceList = Readonly<Record<DeviceKind, readonly Device[]>>;
/** Identifiers of what was picked; null where the browser is to choose. */
export type Picks = Readonly<Record<DeviceKind, string | null>>;

export const kNoDevices: DeviceList = { camera: [], microphone: [], speaker: [] };
export const kNoPicks: Picks = { camera: null, microphone: null, speaker: null };

const kKinds: Readonly<Record<MediaDeviceKind, DeviceKind>> = { videoinput: 'camera', audioinput: 'microphone', audiooutput: 'speaker' };
const kIdLettersMax = 512;

type Info = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'> & Partial<Pick<MediaDeviceInfo, 'groupId'>>;

export function sortDevices(infos: readonly Info[]): DeviceList {
  const list: Record<DeviceKind, Device[]> = { camera: [], microphone: [], speaker: [] };
  for (const { kind, deviceId, label, groupId } of infos) {
    // Windows' second name for a device that is listed under its own.
    if (deviceId !== 'communications') list[kKinds[kind]]?.push({ id: deviceId, label, ...(groupId ? { group: groupId } : {}) });
  }
  return list;
}

/** Chromium's “default” is another name for a device that is listed under its own too; null while that is not to be seen. */
export function properName(devices: readonly Device[], running: { id: string | null; group: string | null }): string | null {
  if (running.id !== 'default') return running.id;
  return devices.find(({ id, group }) => id !== 'default' && group !== undefined && group === running.group)?.id ?? null;
}

const isNamed = (devices: readonly Device[]): boolean => devices.some(({ id }) => id !== '');

/** A picked device is asked for by name while it is there or may be, and passed over once it is known to be gone. */
export function idConstraint(pick: string | null, devices: readonly Device[]): ConstrainDOMString | undefined {
  if (pick === null) return undefined;
  if (!isNamed(devices)) return { ideal: pick };
  return devices.some(({ id }) => id === pick) ? { exact: pick } : undefined;
}

/** What a list shows as chosen: what runs, else what was picked, else the first. */
export function shownDevice(devices: readonly Device[], running: string | null, pick: string | null): string {
  const has = (wanted: string | null): wanted is string => wanted !== null && devices.some(({ id }) => id === wanted);
  if (has(running)) return running;
  return has(pick) ? pick : (devices[0]?.id ?? '');
}

export type CameraWish = { facingMode: 'user' | 'environment' } | { deviceId: string };

/** The camera after this one: the other side of a phone, which may have several on one side; else the next in the list. */
export function nextCamera(cameras: readonly Device[], running: { id: string | null; facing: string | null }): CameraWish | null {
  if (cameras.length < 2) return null;
  if (running.facing === 'user') return { facingMode: 'environment' };
  if (running.facing === 'environment') return { facingMode: 'user' };
  const at = cameras.findIndex(({ id }) => id === running.id);
  const next = cameras[(at + 1) % cameras.length]!;
  return next.id === '' ? null : { deviceId: next.id };
}

/** Another one to offer when `lost` has been unplugged. */
export function substitute(devices: readonly Device[], lost: string | null): Device | null {
  return devices.find(({ id }) => id !== lost && id !== '' && id !== 'default') ?? null;
}

const id = or(text(kIdLettersMax), null);
const picksShape = object({ camera: id, microphone: id, speaker: id });

/** From what is kept on the device; whatever does not fit is no pick. */
export function readPicks(kept: string | null): Picks {
  return picksShape(parseJson(kept ?? '')) ?? kNoPicks;
}

export function writePicks(picks: Picks): string | null {
  return kDeviceKinds.every((kind) => picks[kind] === null) ? null : JSON.stringify(picks);
}
