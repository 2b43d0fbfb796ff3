// Descriptions as Firefox 153 on Debian 12 makes them, with the addresses replaced by
// those of documentation (RFC 5737, 3849) and LF for CRLF.
#pragma once

#include <string_view>

namespace vv::sdp::test {

/// Camera, microphone and a data channel, bundled at most.
inline constexpr std::string_view kFirefoxOffer = R"(v=0
o=mozilla...THIS_IS_SDPARTA-99.0 3490164763459920165 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 AC:B8:B5:04:F7:EC:BA:76:37:36:9A:55:AE:D1:AD:B2:B8:82:36:B4:EE:60:AC:F3:FD:2A:1F:4D:2B:29:FF:99
a=group:BUNDLE 0 1 2
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 41575 UDP/TLS/RTP/SAVPF 109 9 0 8 101
c=IN IP4 192.0.2.1
a=candidate:0 1 UDP 2122187007 192.0.2.1 41575 typ host
a=candidate:1 1 UDP 2122252543 2001:db8::1 54466 typ host
a=candidate:2 1 TCP 2105458943 192.0.2.1 9 typ host tcptype active
a=candidate:3 1 TCP 2105524479 2001:db8::1 9 typ host tcptype active
a=candidate:0 2 UDP 2122187006 192.0.2.1 58727 typ host
a=candidate:1 2 UDP 2122252542 2001:db8::1 36037 typ host
a=candidate:2 2 TCP 2105458942 192.0.2.1 9 typ host tcptype active
a=candidate:3 2 TCP 2105524478 2001:db8::1 9 typ host tcptype active
a=sendrecv
a=end-of-candidates
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap-allow-mixed
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:101 0-15
a=ice-pwd:0fecb6e225ce1caf4bd0b8787d710ae4
a=ice-ufrag:9875765b
a=mid:0
a=msid:{f83b2d60-992d-49fe-9484-d4af3adae522} {7fbfa8e9-1911-4a04-9a61-28b492afe331}
a=rtcp:58727 IN IP4 192.0.2.1
a=rtcp-fb:109 transport-cc
a=rtcp-fb:9 transport-cc
a=rtcp-fb:0 transport-cc
a=rtcp-fb:8 transport-cc
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=setup:actpass
a=ssrc:4218935732 cname:{d442c9f2-94ff-4e7d-94b3-76702dfa2f49}
m=video 0 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119
c=IN IP4 0.0.0.0
a=bundle-only
a=sendrecv
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap-allow-mixed
a=fmtp:120 max-fs=12288;max-fr=60
a=fmtp:124 apt=120
a=fmtp:121 max-fs=12288;max-fr=60
a=fmtp:125 apt=121
a=fmtp:100 apt=99
a=fmtp:119 apt=122
a=ice-pwd:0fecb6e225ce1caf4bd0b8787d710ae4
a=ice-ufrag:9875765b
a=mid:1
a=msid:{f83b2d60-992d-49fe-9484-d4af3adae522} {ecb0d136-c097-48f9-92d4-98e5265945d4}
a=rtcp-fb:120 nack
a=rtcp-fb:120 nack pli
a=rtcp-fb:120 ccm fir
a=rtcp-fb:120 goog-remb
a=rtcp-fb:120 transport-cc
a=rtcp-fb:121 nack
a=rtcp-fb:121 nack pli
a=rtcp-fb:121 ccm fir
a=rtcp-fb:121 goog-remb
a=rtcp-fb:121 transport-cc
a=rtcp-fb:99 nack
a=rtcp-fb:99 nack pli
a=rtcp-fb:99 ccm fir
a=rtcp-fb:99 goog-remb
a=rtcp-fb:99 transport-cc
a=rtcp-fb:123 nack
a=rtcp-fb:123 nack pli
a=rtcp-fb:123 ccm fir
a=rtcp-fb:123 goog-remb
a=rtcp-fb:123 transport-cc
a=rtcp-fb:122 nack
a=rtcp-fb:122 nack pli
a=rtcp-fb:122 ccm fir
a=rtcp-fb:122 goog-remb
a=rtcp-fb:122 transport-cc
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=rtpmap:121 VP9/90000
a=rtpmap:125 rtx/90000
a=rtpmap:99 AV1/90000
a=rtpmap:100 rtx/90000
a=rtpmap:123 ulpfec/90000
a=rtpmap:122 red/90000
a=rtpmap:119 rtx/90000
a=setup:actpass
a=ssrc:776638568 cname:{d442c9f2-94ff-4e7d-94b3-76702dfa2f49}
a=ssrc:2274136891 cname:{d442c9f2-94ff-4e7d-94b3-76702dfa2f49}
a=ssrc-group:FID 776638568 2274136891
m=application 0 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=bundle-only
a=sendrecv
a=ice-pwd:0fecb6e225ce1caf4bd0b8787d710ae4
a=ice-ufrag:9875765b
a=mid:2
a=setup:actpass
a=sctp-port:5000
a=max-message-size:1073741823
)";

/// A data channel alone.
inline constexpr std::string_view kFirefoxDataOffer = R"(v=0
o=mozilla...THIS_IS_SDPARTA-99.0 3322707691462046346 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 43:D6:E4:67:B7:FA:5F:F0:E5:0F:20:33:F9:16:A8:CB:D5:F0:97:95:07:FF:65:87:9D:C6:C3:8A:62:E1:09:3D
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=application 36921 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 192.0.2.1
a=candidate:0 1 UDP 2122187007 192.0.2.1 36921 typ host
a=candidate:1 1 UDP 2122252543 2001:db8::1 35641 typ host
a=candidate:2 1 TCP 2105458943 192.0.2.1 9 typ host tcptype active
a=candidate:3 1 TCP 2105524479 2001:db8::1 9 typ host tcptype active
a=sendrecv
a=end-of-candidates
a=ice-pwd:dcf4f635ba3a7c3761962c0c6cdf950b
a=ice-ufrag:5aa18362
a=mid:0
a=setup:actpass
a=sctp-port:5000
a=max-message-size:1073741823
)";

/// A picture in two sizes.
inline constexpr std::string_view kFirefoxSimulcastOffer = R"(v=0
o=mozilla...THIS_IS_SDPARTA-99.0 1852852326369153363 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 3C:98:4A:59:31:1C:6D:91:BE:4E:55:BA:A8:CE:FE:42:96:AF:83:73:5E:BA:4A:8F:CB:C8:6E:FB:52:2A:EF:79
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:8/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=extmap-allow-mixed
a=fmtp:120 max-fs=12288;max-fr=60
a=fmtp:124 apt=120
a=fmtp:121 max-fs=12288;max-fr=60
a=fmtp:125 apt=121
a=fmtp:100 apt=99
a=fmtp:119 apt=122
a=ice-pwd:a03757af6aa372ae32c65cf206f7ff00
a=ice-ufrag:3f49ad9c
a=mid:0
a=msid:{f83b2d60-992d-49fe-9484-d4af3adae522} {9670eafc-0ce4-42a6-8d14-2b2c819b7f19}
a=rid:h send
a=rid:l send
a=rtcp-fb:120 nack
a=rtcp-fb:120 nack pli
a=rtcp-fb:120 ccm fir
a=rtcp-fb:120 goog-remb
a=rtcp-fb:120 transport-cc
a=rtcp-fb:121 nack
a=rtcp-fb:121 nack pli
a=rtcp-fb:121 ccm fir
a=rtcp-fb:121 goog-remb
a=rtcp-fb:121 transport-cc
a=rtcp-fb:99 nack
a=rtcp-fb:99 nack pli
a=rtcp-fb:99 ccm fir
a=rtcp-fb:99 goog-remb
a=rtcp-fb:99 transport-cc
a=rtcp-fb:123 nack
a=rtcp-fb:123 nack pli
a=rtcp-fb:123 ccm fir
a=rtcp-fb:123 goog-remb
a=rtcp-fb:123 transport-cc
a=rtcp-fb:122 nack
a=rtcp-fb:122 nack pli
a=rtcp-fb:122 ccm fir
a=rtcp-fb:122 goog-remb
a=rtcp-fb:122 transport-cc
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=rtpmap:121 VP9/90000
a=rtpmap:125 rtx/90000
a=rtpmap:99 AV1/90000
a=rtpmap:100 rtx/90000
a=rtpmap:123 ulpfec/90000
a=rtpmap:122 red/90000
a=rtpmap:119 rtx/90000
a=setup:actpass
a=simulcast:send h;l
a=ssrc:3968783242 cname:{5f78e842-6ec1-44a8-a842-e9baa05aeff3}
a=ssrc:2743101316 cname:{5f78e842-6ec1-44a8-a842-e9baa05aeff3}
a=ssrc:4152553160 cname:{5f78e842-6ec1-44a8-a842-e9baa05aeff3}
a=ssrc:3571730740 cname:{5f78e842-6ec1-44a8-a842-e9baa05aeff3}
a=ssrc-group:FID 3968783242 2743101316
a=ssrc-group:FID 4152553160 3571730740
)";

/// A later round: the picture stopped, a data channel added, ICE restarted.
inline constexpr std::string_view kFirefoxSecondOffer = R"(v=0
o=mozilla...THIS_IS_SDPARTA-99.0 6220779079651579989 1 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 E7:14:FB:E5:EA:F8:5D:9C:13:59:F7:77:A4:6C:AF:1B:5B:47:E9:37:BE:21:31:AE:EA:41:58:04:74:3A:AA:9B
a=group:BUNDLE 0 2
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap-allow-mixed
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:101 0-15
a=ice-pwd:2dce0c3837df3839c50bb8aa7c079c11
a=ice-ufrag:9a2cc709
a=mid:0
a=msid:{f83b2d60-992d-49fe-9484-d4af3adae522} {6e1c086f-beea-4de1-a8c9-ee0fa6c0ddd6}
a=rtcp-fb:109 transport-cc
a=rtcp-fb:9 transport-cc
a=rtcp-fb:0 transport-cc
a=rtcp-fb:8 transport-cc
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=setup:actpass
a=ssrc:1184865874 cname:{849bc4eb-daea-400e-bb95-6edce7a7c6d4}
m=video 0 UDP/TLS/RTP/SAVPF 120
c=IN IP4 0.0.0.0
a=inactive
a=mid:1
a=rtpmap:120 VP8/90000
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=sendrecv
a=ice-pwd:2dce0c3837df3839c50bb8aa7c079c11
a=ice-ufrag:9a2cc709
a=mid:2
a=setup:actpass
a=sctp-port:5000
a=max-message-size:1073741823
)";

/// Its answer to Chromium's offer.
inline constexpr std::string_view kFirefoxAnswer = R"(v=0
o=mozilla...THIS_IS_SDPARTA-99.0 7772250935344021542 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=extmap-allow-mixed
a=fingerprint:sha-256 61:6C:11:E4:01:9B:5F:39:C5:9B:4E:5C:25:D2:F0:84:FB:41:BF:A4:91:4A:B6:5B:BE:55:F3:76:8D:52:E3:14
a=group:BUNDLE 0 1 2
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 126
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap-allow-mixed
a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:126 0-15
a=ice-pwd:9bd8fb8c9adda9ed1a066659cd63330b
a=ice-ufrag:dcdce3ee
a=mid:0
a=msid:{734de0ff-2d70-48c0-bfe3-a05f901eda82} {663fa157-e14a-4022-9585-45980989bc15}
a=rtcp-fb:111 transport-cc
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:126 telephone-event/8000
a=setup:active
a=ssrc:3731740318 cname:{e9d4b695-c630-4201-8698-36070a93365e}
m=video 9 UDP/TLS/RTP/SAVPF 96 97 45 46 98 99 118 119 120
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap-allow-mixed
a=fmtp:96 max-fs=12288;max-fr=60
a=fmtp:97 apt=96
a=fmtp:46 apt=45
a=fmtp:98 max-fs=12288;max-fr=60
a=fmtp:99 apt=98
a=fmtp:119 apt=118
a=ice-pwd:9bd8fb8c9adda9ed1a066659cd63330b
a=ice-ufrag:dcdce3ee
a=mid:1
a=msid:{734de0ff-2d70-48c0-bfe3-a05f901eda82} {351d90a4-b110-4950-812b-8c49fc49373a}
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:45 nack
a=rtcp-fb:45 nack pli
a=rtcp-fb:45 ccm fir
a=rtcp-fb:45 goog-remb
a=rtcp-fb:45 transport-cc
a=rtcp-fb:98 nack
a=rtcp-fb:98 nack pli
a=rtcp-fb:98 ccm fir
a=rtcp-fb:98 goog-remb
a=rtcp-fb:98 transport-cc
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=rtpmap:45 AV1/90000
a=rtpmap:46 rtx/90000
a=rtpmap:98 VP9/90000
a=rtpmap:99 rtx/90000
a=rtpmap:118 red/90000
a=rtpmap:119 rtx/90000
a=rtpmap:120 ulpfec/90000
a=setup:active
a=ssrc:4103534064 cname:{e9d4b695-c630-4201-8698-36070a93365e}
a=ssrc:3756157935 cname:{e9d4b695-c630-4201-8698-36070a93365e}
a=ssrc-group:FID 4103534064 3756157935
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap-allow-mixed
a=ice-pwd:9bd8fb8c9adda9ed1a066659cd63330b
a=ice-ufrag:dcdce3ee
a=mid:2
a=setup:active
a=sctp-port:5000
a=max-message-size:1073741823
)";

} // namespace vv::sdp::test
