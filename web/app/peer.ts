// What only a call needs, as a part of its own: it comes with the screens that lead to a call, so that nobody looks for somebody without it.

export const loadPeer = () => import('../core/peer.ts');
