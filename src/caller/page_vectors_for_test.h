// What the page derives, says and seals when its randomness is known: written by
// web/caller_vectors.mjs out of web/core, held to it by web/core/caller_vectors_test.ts.
#pragma once

#include <string_view>

namespace vv::caller {

// clang-format off
inline constexpr std::string_view kPageVectors = R"json({
 "host": "talk.example.org:8443",
 "call": "0.AAECAwQFBgcICQoLDA0ODw",
 "sdp": "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=\"வணக்கம்\"\r\n",
 "links": [
  {
   "key": "00070e151c232a31383f464d545b6269",
   "link": "https://talk.example.org/p#1.AAcOFRwjKjE4P0ZNVFtiaQ",
   "id": "d23d687f551da89da068484bba1a6898",
   "door": "37b345f0a5d289e6550fb4e2bb1c8749",
   "psk": "3e5c82bfa41e455f2ba8483ebc2ccc6e8c92c75259f08918457218ad85971f63",
   "prologue": "766973617669732f310074616c6b2e6578616d706c652e6f72673a3834343300d23d687f551da89da068484bba1a6898"
  },
  {
   "key": "00000000000000000000000000000000",
   "link": "https://talk.example.org/p#1.AAAAAAAAAAAAAAAAAAAAAA",
   "id": "22321dd102ebc0a0fbf8b98cc09f4838",
   "door": "1147bdedbaff8b1809ae91c5a070e17b",
   "psk": "ad89253c779aaa1b7f5a5bdd5a8f09f1c3a56fef63cbdfda230db60912296bee",
   "prologue": "766973617669732f310074616c6b2e6578616d706c652e6f72673a383434330022321dd102ebc0a0fbf8b98cc09f4838"
  }
 ],
 "doors": [
  {
   "first": "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
   "second": "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
   "answering": "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
   "id": "0j1of1UdqJ2gaEhLuhpomA",
   "door": "N7NF8KXSieZVD7TiuxyHSQ",
   "payloads": [
    "{\"v\":1,\"relay_only\":false}",
    "{\"v\":1,\"relay_only\":true}"
   ],
   "knocks": [
    "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmoGjZpd8q6ltry4qmHb5RE-0973Y_AUC4gnQxDrxk_RkKHEuX6l4p8122o",
    "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK0-znO15ghSzrGzk2hnUxOkjGzR45rDn6zUCcr3TkJaqFmiiG8WABVbOfQ"
   ],
   "firstAnswers": false,
   "intro": "{\"v\":1,\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"can\":{\"relay_only\":true}}",
   "answer": "yjXe9a5WzsM9wgNnMasUiWvEx127B6Yfh5-OOvpMeUShthf_8yDwBWhm-WjQfIvC0jrKcVywgaYtMsPkgUlBkDmGONxWmmMgsjB-E3e5M9WJ7TnT7oWRWks8i6K2MX4w-KO5-Fx3AOSIrINCpxRz-EQi47VVSokvAv6zouzciL5OTgS1ikHmEGBm5r1XOFg_YrOSVK8d9RKgQBuA",
   "sealed": [
    {
     "first": true,
     "text": "one",
     "body": "AAAAAAAAAAD3und-Llk4mpTYEh_bpDOGQf0I"
    },
    {
     "first": true,
     "text": "{\"kind\":\"candidates\",\"list\":[],\"end\":true}",
     "body": "AAAAAAAAAAH79U2o1Cp6bQEdAlE1Yhybm6iuLbKFs9SIba3H1SystDCvcWSbTnEfmDQvG5JhCjg_bxI2YKlGjXt0"
    },
    {
     "first": false,
     "text": "வணக்கம்",
     "body": "AAAAAAAAAAArE0eJ6gVPg_PW6EuZRout0kB0OVG-fnt1TgHHBvZC1M8Iv1cm"
    },
    {
     "first": false,
     "text": "",
     "body": "AAAAAAAAAAHNt64TifxRYfTs72oEQMZV"
    }
   ]
  },
  {
   "first": "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
   "second": "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
   "answering": "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
   "id": "Fpfs1DtLFRt_eFZNcTohzQ",
   "door": "nklMYV5xiBIWo8-f2X6BvA",
   "payloads": [
    "{\"v\":1,\"relay_only\":false}",
    "{\"v\":1,\"relay_only\":true}"
   ],
   "knocks": [
    "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK0-KGITdTwRZrdu_IM8PuYN6of44iGP2Pqjfxc1bOlzJGiSJzL9dant4FOw",
    "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmoJZPejRoNeBKY_vJ82GIUKivX43WXPJ0cWLW0tM-vdF6gWgqwUPf1pUA"
   ],
   "firstAnswers": true,
   "intro": "{\"v\":1,\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"can\":{\"relay_only\":true}}",
   "answer": "yjXe9a5WzsM9wgNnMasUiWvEx127B6Yfh5-OOvpMeUTbtFdmCs3czxAw6XbVczNpd0LrXWvogfLvmh2iZfExte64XjLfALJ84uGzBDyz_qJB3xvFuP91m2N4nHzrRBjacZqCjmtUX6TlpliKSwLlCRrtEa__Kr1f5ad3kyLkffVtlDDVs1EDfNkIXMEczymne60Y80t-HxW41Vjn",
   "sealed": [
    {
     "first": true,
     "text": "one",
     "body": "AAAAAAAAAAAh-oG11op3VI0W1iYcvemw04wu"
    },
    {
     "first": true,
     "text": "{\"kind\":\"candidates\",\"list\":[],\"end\":true}",
     "body": "AAAAAAAAAAHpv4qvCwDPyR9QwrjVB1ruLpV9mvZKu0IG3ex1XwnSiGJSIMi-rviiaeXGu5iUz793VRRboF-ED6kz"
    },
    {
     "first": false,
     "text": "வணக்கம்",
     "body": "AAAAAAAAAADjVha4H7ezp4Osvfhm8do32HrdshsENDcNoQ4LV6BfSv9kRroF"
    },
    {
     "first": false,
     "text": "",
     "body": "AAAAAAAAAAHuNekicxCGUqPxLNEF1HP5"
    }
   ]
  }
 ],
 "codes": [
  {
   "fingerprints": [
    "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9",
    "80878e959ca3aab1b8bfc6cdd4dbe2e9f0f7fe050c131a21282f363d444b5259"
   ],
   "nonces": [
    "01080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da",
    "020910171e252c333a41484f565d646b727980878e959ca3aab1b8bfc6cdd4db"
   ],
   "commitments": [
    "8f529afdbc8ed77786085b0be3996e9fb298eea0ed60a516a2488a1c7f855a07",
    "4c8a20ed77aa00bae4f343bcdcc13b6f93988c08081ac57aaf1bb1082fc2111e"
   ],
   "said": [
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"commit\",\"value\":\"j1Ka_byO13eGCFsL45lun7KY7qDtYKUWokiKHH-FWgc\"}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"commit\",\"value\":\"TIog7XeqALrk80O83ME7b5OYjAgIGsV6rxuxCC_CER4\"}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"reveal\",\"value\":\"AgkQFx4lLDM6QUhPVl1ka3J5gIeOlZyjqrG4v8bN1Ns\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"reveal\",\"value\":\"AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09o\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"done\",\"taken\":3}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"done\",\"taken\":4}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"sealed\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"sealed\"}"
    }
   ],
   "pictures": [
    1,
    54,
    31,
    5
   ],
   "digits": "00485317",
   "fingers": [
    1,
    2,
    7,
    7,
    4,
    8,
    1,
    6
   ],
   "words": "cat football grapes camel",
   "shown": "🐱 ⚽ 🍇 🐫",
   "sealedByFirst": "56e8d14de18bc03dea9d1561cc200a45b2",
   "bodies": [
    "AAAAAAAAAAA8lcBrRY2-6L8y3_-2WBrEULWxjFJY28kz-xYOPM-TcGslgh0AHolOf58Di9pAI0kOK3avgMhgxLdgvsCfDiy-RVaK6THI2IffMpEMp0Y9CB12GixOhovmOcDrod6_HrMnYBsP0IIpvgm7HL5AFMqcKvJ4VqyWiHoz4CmJ6g",
    "AAAAAAAAAAGdvLTRqPgR-2xdQNtIhw9TsUYp9Q-86QwgosTBICUL0iCrk-Mdm3ak-OoscceoKOEOAoBscj1tr8zqeK8D6FL4af-7rRoe0-39DcGGODeaaR8"
   ]
  },
  {
   "fingerprints": [
    "c8cfd6dde4ebf2f900070e151c232a31383f464d545b626970777e858c939aa1",
    "646b727980878e959ca3aab1b8bfc6cdd4dbe2e9f0f7fe050c131a21282f363d"
   ],
   "nonces": [
    "050c131a21282f363d444b525960676e757c838a91989fa6adb4bbc2c9d0d7de",
    "060d141b222930373e454c535a61686f767d848b9299a0a7aeb5bcc3cad1d8df"
   ],
   "commitments": [
    "056a34c77f3099d81e3ad4be83f848c74174a2ddb52ea13fd30a3f355c87a43f",
    "3ef0b4f55478da6a352e45fe608cc82de06637413f0256215d44988693b7e04f"
   ],
   "said": [
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"commit\",\"value\":\"BWo0x38wmdgeOtS-g_hIx0F0ot21LqE_0wo_NVyHpD8\"}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"commit\",\"value\":\"PvC09VR42mo1LkX-YIzILeBmN0E_AlYhXUSYhpO34E8\"}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"reveal\",\"value\":\"Bg0UGyIpMDc-RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N8\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"reveal\",\"value\":\"BQwTGiEoLzY9REtSWWBnbnV8g4qRmJ-mrbS7wsnQ194\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"done\",\"taken\":3}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"done\",\"taken\":4}"
    },
    {
     "first": false,
     "text": "{\"kind\":\"code\",\"step\":\"sealed\"}"
    },
    {
     "first": true,
     "text": "{\"kind\":\"code\",\"step\":\"sealed\"}"
    }
   ],
   "pictures": [
    31,
    11,
    63,
    57
   ],
   "digits": "08175609",
   "fingers": [
    4,
    8,
    2,
    4,
    8,
    8,
    8,
    2
   ],
   "words": "grapes crocodile television train",
   "shown": "🍇 🐊 📺 🚂",
   "sealedByFirst": "66840d98cfa1a196b04924f8d4f9dd8963",
   "bodies": [
    "AAAAAAAAAABiiJErYAnSwNENmLQPz2b13fBfhHqu_zTzVpr7HySd5gma2BF5MGw4WD2RPcClzcH50EJyJjHFqlgN5VINJQ6wcjdZZXRJccfE60L-srK9BNg6DhGK5hDHJnVtUMVhgVPFSLBeZAYo65rpZZtWDg21PLlLf1v4LXjxLZwm-g",
    "AAAAAAAAAAERQjT-Cb8FNum_eC_ms303SjMtTJ06EQeYzNeg495b2mSieCmgqpq6RZhA8Y5HI_PRrwLgPfRQau4Z0yEUESmX_zJPmQFtYpuiFnOE_IY5pZc"
   ]
  }
 ],
 "pictures": [
  {
   "word": "dog",
   "picture": "🐶"
  },
  {
   "word": "cat",
   "picture": "🐱"
  },
  {
   "word": "tiger",
   "picture": "🐯"
  },
  {
   "word": "horse",
   "picture": "🐴"
  },
  {
   "word": "elephant",
   "picture": "🐘"
  },
  {
   "word": "camel",
   "picture": "🐫"
  },
  {
   "word": "rabbit",
   "picture": "🐰"
  },
  {
   "word": "bear",
   "picture": "🐻"
  },
  {
   "word": "monkey",
   "picture": "🐵"
  },
  {
   "word": "cow",
   "picture": "🐮"
  },
  {
   "word": "sheep",
   "picture": "🐑"
  },
  {
   "word": "crocodile",
   "picture": "🐊"
  },
  {
   "word": "turtle",
   "picture": "🐢"
  },
  {
   "word": "snake",
   "picture": "🐍"
  },
  {
   "word": "fish",
   "picture": "🐟"
  },
  {
   "word": "whale",
   "picture": "🐳"
  },
  {
   "word": "octopus",
   "picture": "🐙"
  },
  {
   "word": "dolphin",
   "picture": "🐬"
  },
  {
   "word": "cactus",
   "picture": "🌵"
  },
  {
   "word": "rose",
   "picture": "🌹"
  },
  {
   "word": "mushroom",
   "picture": "🍄"
  },
  {
   "word": "moon",
   "picture": "🌙"
  },
  {
   "word": "sun",
   "picture": "☀️"
  },
  {
   "word": "star",
   "picture": "⭐"
  },
  {
   "word": "cloud",
   "picture": "☁️"
  },
  {
   "word": "umbrella",
   "picture": "☂️"
  },
  {
   "word": "snowman",
   "picture": "⛄"
  },
  {
   "word": "rainbow",
   "picture": "🌈"
  },
  {
   "word": "fire",
   "picture": "🔥"
  },
  {
   "word": "apple",
   "picture": "🍎"
  },
  {
   "word": "banana",
   "picture": "🍌"
  },
  {
   "word": "grapes",
   "picture": "🍇"
  },
  {
   "word": "watermelon",
   "picture": "🍉"
  },
  {
   "word": "lemon",
   "picture": "🍋"
  },
  {
   "word": "tomato",
   "picture": "🍅"
  },
  {
   "word": "cherry",
   "picture": "🍒"
  },
  {
   "word": "bread",
   "picture": "🍞"
  },
  {
   "word": "ice cream",
   "picture": "🍦"
  },
  {
   "word": "cup",
   "picture": "☕"
  },
  {
   "word": "castle",
   "picture": "🏰"
  },
  {
   "word": "bell",
   "picture": "🔔"
  },
  {
   "word": "lock",
   "picture": "🔒"
  },
  {
   "word": "rocket",
   "picture": "🚀"
  },
  {
   "word": "book",
   "picture": "📖"
  },
  {
   "word": "pencil",
   "picture": "✏️"
  },
  {
   "word": "piano",
   "picture": "🎹"
  },
  {
   "word": "hammer",
   "picture": "🔨"
  },
  {
   "word": "watch",
   "picture": "⌚"
  },
  {
   "word": "glasses",
   "picture": "👓"
  },
  {
   "word": "volcano",
   "picture": "🌋"
  },
  {
   "word": "shirt",
   "picture": "👕"
  },
  {
   "word": "diamond",
   "picture": "💎"
  },
  {
   "word": "gift",
   "picture": "🎁"
  },
  {
   "word": "balloon",
   "picture": "🎈"
  },
  {
   "word": "football",
   "picture": "⚽"
  },
  {
   "word": "guitar",
   "picture": "🎸"
  },
  {
   "word": "bicycle",
   "picture": "🚲"
  },
  {
   "word": "train",
   "picture": "🚂"
  },
  {
   "word": "aeroplane",
   "picture": "✈️"
  },
  {
   "word": "helicopter",
   "picture": "🚁"
  },
  {
   "word": "anchor",
   "picture": "⚓"
  },
  {
   "word": "boat",
   "picture": "⛵"
  },
  {
   "word": "box",
   "picture": "📦"
  },
  {
   "word": "television",
   "picture": "📺"
  }
 ],
 "texts": {
  "bodies": [
   "{\"kind\":\"offer\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"round\":0,\"renewed\":false}",
   "{\"kind\":\"offer\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"round\":4,\"renewed\":true}",
   "{\"kind\":\"answer\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"round\":null}",
   "{\"kind\":\"offer_wanted\",\"restart\":true,\"round\":3,\"renew\":true}",
   "{\"kind\":\"candidates\",\"list\":[{\"candidate\":\"candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,\"usernameFragment\":\"EsAw\"},{\"candidate\":\"candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host\",\"sdpMid\":null,\"sdpMLineIndex\":null}],\"end\":false}",
   "{\"kind\":\"candidates\",\"list\":[],\"end\":true}"
  ],
  "intros": [
   "{\"v\":1,\"fingerprint\":\"sha-256 4A:AD\",\"ufrag\":\"EsAw\",\"pwd\":\"P2uYro0UCOQ4zxjKXaWCBui1\",\"can\":{\"relay_only\":true}}",
   "{\"v\":1,\"fingerprint\":\"sha-256 4A:AD\",\"ufrag\":\"EsAw\",\"pwd\":\"P2uYro0UCOQ4zxjKXaWCBui1\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"can\":{\"relay_only\":false}}",
   "{\"v\":1,\"fingerprint\":\"sha-256 4A:AD\",\"ufrag\":\"EsAw\",\"pwd\":\"P2uYro0UCOQ4zxjKXaWCBui1\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=\\\"வணக்கம்\\\"\\r\\n\",\"double\":true,\"can\":{\"relay_only\":false},\"candidates\":[{\"candidate\":\"candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,\"usernameFragment\":\"EsAw\"}]}"
  ],
  "knocks": [
   "{\"v\":1,\"relay_only\":false}",
   "{\"v\":1,\"relay_only\":true}"
  ],
  "refused": {
   "body": [
    "",
    "[]",
    "{}",
    "{\"kind\":\"offer\"}",
    "{\"kind\":\"offer\",\"sdp\":1,\"round\":0}",
    "{\"kind\":\"answer\",\"sdp\":\"\",\"round\":-1}",
    "{\"kind\":\"answer\",\"sdp\":\"\",\"round\":1.5}",
    "{\"kind\":\"candidates\",\"list\":{}}",
    "{\"kind\":\"candidates\",\"list\":[1]}",
    "{\"kind\":\"candidates\",\"list\":[{\"candidate\":\"a\",\"sdpMid\":5}]}",
    "{\"kind\":\"later\"}"
   ],
   "intro": [
    "",
    "{\"v\":2,\"fingerprint\":\"a\",\"ufrag\":\"b\",\"pwd\":\"c\"}",
    "{\"v\":1,\"fingerprint\":\"a\",\"ufrag\":\"b\"}",
    "{\"v\":1,\"fingerprint\":\"a\",\"ufrag\":\"b\",\"pwd\":\"c\",\"double\":1}"
   ],
   "sealedIntro": [
    "{\"v\":1}",
    "{\"v\":2,\"sdp\":\"\"}",
    "{\"v\":1,\"sdp\":\"\",\"can\":5}"
   ],
   "knock": [
    "{\"v\":1}",
    "{\"v\":2,\"relay_only\":true}",
    "{\"v\":1,\"relay_only\":\"yes\"}"
   ],
   "code": [
    "{\"kind\":\"code\"}",
    "{\"kind\":\"code\",\"step\":\"commit\"}",
    "{\"kind\":\"code\",\"step\":\"done\"}",
    "{\"kind\":\"code\",\"step\":\"later\"}",
    "{\"kind\":\"ping\",\"n\":1}"
   ]
  }
 },
 "proof": {
  "nonce": "AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw",
  "token": "AW4f-_",
  "message": "766973617669732f3120726573756d650074616c6b2e6578616d706c652e6f72673a3834343300030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc1eb9882498867015ab0bfdac2257ea911233f688b081d1063f502444b04e0744"
 }
})json";
// clang-format on

} // namespace vv::caller
