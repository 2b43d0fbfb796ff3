// The icons, drawn for this page on a grid of 24 with round strokes. They decorate words or a label and are silent themselves.

import type { JSX } from 'preact';

export interface IconProps {
  class?: string;
}

export type Icon = (props: IconProps) => JSX.Element;

function draw(shapes: readonly string[], kind: string): Icon {
  return (props) => (
    <svg class={`icon ${kind} ${props.class ?? ''}`.trim()} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes.map((d) => (
        <path d={d} key={d} />
      ))}
    </svg>
  );
}

const icon = (...shapes: string[]): Icon => draw(shapes, '');
/** Points along the line: mirrored where the page runs from right to left. */
const along = (...shapes: string[]): Icon => draw(shapes, 'along');
const circle = (x: number, y: number, r: number): string => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const box = (x: number, y: number, width: number, height: number, r: number): string =>
  `M${x + r} ${y}h${width - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${height - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - width}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - height}a${r} ${r} 0 0 1 ${r} ${-r}Z`;
const dot = (x: number, y: number): string => `M${x} ${y}h.01`;
const kSlash = 'M4 4l16 16';

// ---- the call
export const Mic = icon(box(9, 2.5, 6, 12, 3), 'M5 11.5a7 7 0 0 0 14 0', 'M12 18.5v3');
export const MicOff = icon(kSlash, 'M9 9v2.5a3 3 0 0 0 4.6 2.5', 'M15 10.5v-5a3 3 0 0 0-5.7-1.3', 'M5 11.5a7 7 0 0 0 11.2 5.6', 'M19 11.5q0 1.2-.4 2.3', 'M12 18.5v3');
export const Camera = icon(box(2.5, 6, 12.5, 12, 2.5), 'M15 10.5l6.5-3.5v10l-6.5-3.5');
export const CameraOff = icon(kSlash, 'M10 6h2.5a2.5 2.5 0 0 1 2.5 2.5v2l6.5-3.5v10l-2-1.1', 'M15 15v.5a2.5 2.5 0 0 1-2.5 2.5H5a2.5 2.5 0 0 1-2.5-2.5v-7A2.5 2.5 0 0 1 5 6h1');
export const SwitchCamera = icon('M3.8 10.5a8.4 8.4 0 0 1 14.8-3.9L20.5 9', 'M20.5 4v5h-5', 'M20.2 13.5a8.4 8.4 0 0 1-14.8 3.9L3.5 15', 'M3.5 20v-5h5', circle(12, 12, 2.4));
export const ScreenShare = icon(box(2.5, 4, 19, 13, 2), 'M8.5 20.5h7', 'M12 13.7V7.8', 'M9.3 10.3L12 7.6l2.7 2.7');
export const Screen = icon(box(2.5, 4, 19, 13, 2), 'M8.5 20.5h7');
export const Chat = icon('M20.5 11.7a8 8 0 0 1-8.2 7.8c-1.4 0-2.7-.3-3.9-.9L3.5 20l1.5-4.3a7.5 7.5 0 0 1-1-3.9A8 8 0 0 1 12.3 4a8 8 0 0 1 8.2 7.7Z');
export const Send = along('M4 12L20.5 4.5 16 20l-4.5-6Z', 'M11.5 14L20.5 4.5');
export const More = draw([dot(5, 12), dot(12, 12), dot(19, 12)], 'bold');
export const Fullscreen = icon('M4 9V6a2 2 0 0 1 2-2h3', 'M15 4h3a2 2 0 0 1 2 2v3', 'M20 15v3a2 2 0 0 1-2 2h-3', 'M9 20H6a2 2 0 0 1-2-2v-3');
export const ExitFullscreen = icon('M9 4v3a2 2 0 0 1-2 2H4', 'M20 9h-3a2 2 0 0 1-2-2V4', 'M15 20v-3a2 2 0 0 1 2-2h3', 'M4 15h3a2 2 0 0 1 2 2v3');
export const Pip = icon('M21 10.5V7a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h4.5', box(12.5, 13.5, 8.5, 6, 1.5));
/** To another person. */
export const Next = along(circle(8.5, 7.5, 3.6), 'M2 19.5c.6-3.6 3-5.5 6.5-5.5 1.3 0 2.5.3 3.5.8', 'M14 18.5h7.5', 'M18.5 15.3l3.2 3.2-3.2 3.2');
export const Leave = icon('M3.2 14.6c-.6-1.7.1-3.2 1.7-4.2C6.9 9.1 9.4 8.5 12 8.5s5.1.6 7.1 1.9c1.6 1 2.3 2.5 1.7 4.2l-.2.7a1.2 1.2 0 0 1-1.5.7l-2.7-.8a1.2 1.2 0 0 1-.9-1.1l-.1-1.5c-2.2-.7-4.6-.7-6.8 0l-.1 1.5a1.2 1.2 0 0 1-.9 1.1l-2.7.8a1.2 1.2 0 0 1-1.5-.7Z');
export const Block = icon(circle(12, 12, 8.5), 'M6 6l12 12');
export const Report = icon('M5 21.5V4', 'M5 4.5c4.3-2.2 8 2 14 0v9.5c-6 2-9.7-2.2-14 0');
export const Hand = icon('M8 13V6.5a1.5 1.5 0 0 1 3 0V11', 'M11 10.5v-6a1.5 1.5 0 0 1 3 0v6', 'M14 6.5a1.5 1.5 0 0 1 3 0V12', 'M17 9.5a1.5 1.5 0 0 1 3 0v5.5a6.5 6.5 0 0 1-6.5 6.5c-2.6 0-4.3-1-5.7-3.2l-3-4.8a1.5 1.5 0 0 1 2.5-1.7L8 13.5');

// ---- what is known of the way
export const Lock = icon(box(4.5, 10.5, 15, 10, 2.5), 'M8 10.5V7.5a4 4 0 0 1 8 0v3');
export const Shield = icon('M12 3l7.5 2.7v5.6c0 4.7-3.1 7.9-7.5 9.7-4.4-1.8-7.5-5-7.5-9.7V5.7Z', 'M8.8 11.8l2.3 2.3 4.2-4.2');
export const Direct = icon(circle(5, 12, 2.5), circle(19, 12, 2.5), 'M7.5 12h9');
export const Relay = icon(circle(4, 15.5, 2.2), circle(20, 15.5, 2.2), box(9, 5.5, 6, 5, 1.5), 'M5.6 13.9L9.3 10', 'M18.4 13.9L14.7 10');
export const Globe = icon(circle(12, 12, 8.5), 'M3.5 12h17', 'M12 3.5c2.4 2.3 3.6 5.2 3.6 8.5s-1.2 6.2-3.6 8.5c-2.4-2.3-3.6-5.2-3.6-8.5s1.2-6.2 3.6-8.5Z');
export const NoServer = icon(kSlash, 'M8.8 6.5A6 6 0 0 1 17.3 10a4.5 4.5 0 0 1 3.5 6.6', 'M17 19H7a4.5 4.5 0 0 1-1-8.9q0-.6.2-1.2');

// ---- the page
export const Settings = icon('M4 7h7.5', 'M16.5 7H20', 'M4 17h3.5', 'M12.5 17H20', circle(14, 7, 2.5), circle(10, 17, 2.5));
export const Link = icon('M10.5 13.5a4 4 0 0 0 5.7.4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2', 'M13.5 10.5a4 4 0 0 0-5.7-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2');
export const Copy = icon(box(9, 9, 11.5, 11.5, 2.5), 'M5.5 15H5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 5 3.5h8.5A1.5 1.5 0 0 1 15 5v.5');
export const Share = icon('M12 15V3.5', 'M8 7.3L12 3.3l4 4', 'M7.5 11H6.5A1.5 1.5 0 0 0 5 12.5v6.5a1.5 1.5 0 0 0 1.5 1.5h11a1.5 1.5 0 0 0 1.5-1.5v-6.5a1.5 1.5 0 0 0-1.5-1.5h-1');
export const Qr = icon(box(3.5, 3.5, 6.5, 6.5, 1), box(14, 3.5, 6.5, 6.5, 1), box(3.5, 14, 6.5, 6.5, 1), 'M14 14h2.5v2.5', 'M20.5 14v2', 'M14 20.5h2', 'M20.5 20.5h-1.5');
export const Back = along('M19.5 12H5', 'M11 6l-6 6 6 6');
export const Forward = along('M9.5 5.5L16 12l-6.5 6.5');
export const Search = icon(circle(10.8, 10.8, 6.8), 'M15.8 15.8L20.5 20.5');
export const Bell = icon('M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.8h-15Z', 'M10 21.3h4');
export const Sound = icon('M4 9.5v5h3.2l4.8 4v-13l-4.8 4Z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.2a8.2 8.2 0 0 1 0 11.6');
export const Check = icon('M5 12.7L9.7 17.3 19 7.5');
export const Close = icon('M6 6l12 12', 'M18 6L6 18');
export const Plus = icon('M12 5v14', 'M5 12h14');
export const Person = icon(circle(12, 8, 4), 'M4.5 20.5c.7-4 3.7-6 7.5-6s6.8 2 7.5 6');
export const People = icon(circle(9, 8.5, 3.5), 'M2.5 19.5c.5-3.6 3-5.5 6.5-5.5s6 1.9 6.5 5.5', 'M15.5 5.2a3.5 3.5 0 0 1 0 6.6', 'M18 14.4c2 .7 3.2 2.4 3.5 5.1');
export const Help = along(circle(12, 12, 8.5), 'M9.6 9.5a2.5 2.5 0 1 1 3.7 2.2c-.9.5-1.3 1-1.3 2', dot(12, 16.5));
export const Warning = icon('M12 4.2L21 19.5H3Z', 'M12 10v4.3', dot(12, 17));
export const Clock = icon(circle(12, 12, 8.5), 'M12 7.5V12l3 2');
export const Heart = icon('M12 20C6.5 16 3.5 12.8 3.5 9.3a4.3 4.3 0 0 1 8.5-1.2 4.3 4.3 0 0 1 8.5 1.2C20.5 12.8 17.5 16 12 20Z');
export const Home = icon('M4 11l8-7 8 7', 'M6 9.5v9A1.5 1.5 0 0 0 7.5 20h9a1.5 1.5 0 0 0 1.5-1.5v-9');
export const Again = icon('M4 12a8 8 0 0 1 13.8-5.5L20 8.7', 'M20 4v4.7h-4.7', 'M20 12a8 8 0 0 1-13.8 5.5L4 15.3', 'M4 20v-4.7h4.7');
export const Trash = icon('M4.5 6.5h15', 'M9.5 6.5V4.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v2', 'M6.5 6.5l.8 12.5a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 0 1.5-1.5l.8-12.5');
export const Sun = icon(circle(12, 12, 4), 'M12 2.5v2', 'M12 19.5v2', 'M2.5 12h2', 'M19.5 12h2', 'M5.3 5.3l1.4 1.4', 'M17.3 17.3l1.4 1.4', 'M18.7 5.3l-1.4 1.4', 'M6.7 17.3l-1.4 1.4');
export const Moon = icon('M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z');

/** The sign of the page: two people, face to face. */
export function Mark(props: IconProps) {
  return (
    <svg class={`mark ${props.class ?? ''}`.trim()} viewBox="0 0 40 24" aria-hidden="true" focusable="false">
      <circle class="mark-one" cx="12.5" cy="12" r="9" />
      <circle class="mark-other" cx="27.5" cy="12" r="9" />
    </svg>
  );
}
