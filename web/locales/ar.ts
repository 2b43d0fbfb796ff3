// The sentences of the first screen and around it, in Arabic. The reader is addressed without a gender: by verbal nouns, passives, and
// forms that are written alike for both. The other person is "الطرف الآخر", the relay "المُرحِّل", those who run the server "القائمون على الخادم".

import type { Sentences } from './index.ts';

export const ar: Sentences = {
  'app.name': 'visavis',
  'app.promise': 'شخصان، وجهًا لوجه.',
  'app.promise.text': 'تنتقل المكالمة من جهازك إلى جهاز الطرف الآخر. ويقتصر دور هذا الخادم على التعريف بينكما.',
  'app.skip': 'الانتقال إلى المحتوى',
  'app.loading': 'لحظة من فضلك…',
  'app.part': 'تعذّر جلب هذا الجزء من الصفحة.',
  'app.elsewhere.waiting': 'لا يزال البحث جاريًا.',
  'app.elsewhere.back': 'العودة إلى البحث',

  'menu.page': 'القائمة',
  'menu.about': 'عن هذه الصفحة',
  'menu.how': 'كيف يعمل',
  'menu.trouble': 'إذا تعذّرت المكالمة',
  'menu.kept': 'ما تحفظه هذه الصفحة',
  'menu.settings': 'الإعدادات',
  'menu.language': 'اللغة',
  'menu.contact': 'للتواصل: {contact}',
  'menu.start': 'visavis: إلى البداية',

  'home.rooms': 'لقاء مع من يتحدث…',
  'home.search': 'البحث عن لغة',
  'home.search.none': 'لا توجد غرفة بهذا الاسم.',
  'home.search.clear': 'عرض كل الغرف',
  'home.all': {
    zero: 'عرض بقية الغرف',
    one: 'عرض غرفة أخرى',
    two: 'عرض غرفتين أخريين',
    few: 'عرض {n} غرف أخرى',
    many: 'عرض {n} غرفة أخرى',
    other: 'عرض {n} غرفة أخرى',
  },
  'home.again': 'غرفتك في المرة السابقة',
  'home.waiting': {
    zero: 'لا أحد في الانتظار',
    one: 'شخص في الانتظار',
    two: 'شخصان في الانتظار',
    few: '{n} في الانتظار',
    many: '{n} في الانتظار',
    other: '{n} في الانتظار',
  },
  'home.lately': {
    zero: 'لا أحد في الساعة الأخيرة',
    one: 'شخص واحد في الساعة الأخيرة',
    two: 'شخصان في الساعة الأخيرة',
    few: '{n} في الساعة الأخيرة',
    many: '{n} في الساعة الأخيرة',
    other: '{n} في الساعة الأخيرة',
  },
  'home.nobody': 'هادئة الآن',
  'home.private': 'مكالمة مع شخص من معارفك',
  'home.private.text': 'يكفي إنشاء رابط وإرساله إلى شخص واحد. ولا يستطيع هذا الخادم رؤية المكالمة ولا سماعها.',
  'home.private.new': 'إنشاء رابط خاص',
  'home.private.again': 'العودة إلى رابطك',
  'home.closed.operator': 'لا توجد غرف مفتوحة على هذا الخادم. ويبقى بإمكانك إجراء مكالمة مع شخص من معارفك.',
  'home.closed.no_contact':
    'تحتاج الغرف المفتوحة إلى من يتحمّل مسؤوليتها. لم تُحدَّد بعد لهذا الخادم وسيلة تواصل ولا قواعد، ولذلك فغرفه مغلقة. ويبقى بإمكانك إجراء مكالمة مع شخص من معارفك.',
  'home.private.closed': 'لا يتيح هذا الخادم المكالمات الخاصة.',
  'home.loading': 'جارٍ سؤال الخادم عمّن هنا…',

  'leave.title': 'مغادرة المكالمة؟',
  'leave.text': 'تنتهي المكالمة عندئذ.',
  'leave.yes': 'مغادرة المكالمة',
  'leave.no': 'البقاء',

  'tell.found': 'وجدنا شخصًا',
  'tell.found.text': 'الجواب يُنتظر في الصفحة.',
  'tell.call.text': 'المكالمة تبدأ الآن في الصفحة.',
  'tell.joined': 'وصل الطرف الآخر',
  'tell.title.waiting': 'جارٍ البحث عن شخص',
  'tell.title.found': 'وجدنا شخصًا!',
  'tell.title.call': 'في مكالمة',

  'notice.retry': 'إعادة المحاولة',
  'notice.help': 'ما العمل؟',
  'notice.link.version': 'أُنشئ هذا الرابط بإصدار من visavis أحدث من إصدار هذا الخادم.',
  'notice.link.damaged': 'هذا الرابط غير مكتمل. ينبغي طلب الرابط كاملًا من جديد.',
  'notice.link.none': 'ينقص هذا العنوان باقي رابطه. ينبغي طلب الرابط كاملًا من جديد.',

  'server.connecting': 'جارٍ الاتصال بالخادم…',
  'server.lost': 'الخادم غائب. جارٍ محاولة الوصول إليه…',
  'server.lost.call': 'الخادم غائب. تستمر مكالمتك من دونه.',
  'server.closed.elsewhere': 'تمت متابعة هذه الصفحة في مكان آخر.',
  'server.closed.version': 'جرى تحديث الخادم. تلزم إعادة تحميل هذه الصفحة.',
  'server.reload': 'إعادة التحميل',

  'unable.title': 'لا يمكن إجراء مكالمة هنا',
  'unable.insecure':
    'لا يسمح متصفحك بالكاميرا والميكروفون إلا على عنوان آمن. ينبغي فتح هذه الصفحة على عنوان أوله \u2066https://\u2069، أو على هذا الحاسوب بالعنوان \u2066http://localhost\u2069.',
  'unable.webrtc': 'لا يعرف هذا المتصفح مكالمات الفيديو، أو أنها معطّلة فيه. يمكن تجربة إصدار حديث من Chrome أو Firefox أو Safari.',
  'unable.socket': 'لا يستطيع هذا المتصفح إبقاء اتصال دائم بالخادم. يمكن تجربة إصدار حديث من Chrome أو Firefox أو Safari.',
  'unable.secure': 'فتح العنوان الآمن',

  close: 'إغلاق',
};
