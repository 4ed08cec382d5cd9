/* Arabic. */

/** @type {Partial<import("../i18n.js").Words>} */
export const words = {
  direction: "rtl",
  anonymous: "مجهول", top_diamonds: "أكثر المُهدين", top_gifts: "الأكثر هدايا", top_likes: "الأكثر إعجابًا",
  top_chats: "الأكثر تعليقًا", top_shares: "الأكثر مشاركة", period_stream: "هذا البث", period_today: "اليوم",
  period_week: "هذا الأسبوع", period_month: "هذا الشهر", period_all: "كل الأوقات", metric_diamonds: "ألماس",
  metric_gifts: "هدايا", metric_likes: "إعجابات", metric_follows: "متابعون جدد", metric_shares: "مشاركات",
  metric_subscribes: "مشتركون", metric_superfans: "معجبون خارقون", metric_viewers: "مشاهدون",
  metric_chats: "تعليقات", goal_diamonds: "هدف الألماس", goal_gifts: "هدف الهدايا", goal_likes: "هدف الإعجابات",
  goal_follows: "هدف المتابعين", goal_shares: "هدف المشاركات", goal_subscribes: "هدف المشتركين",
  goal_superfans: "هدف المعجبين الخارقين", goal_viewers: "هدف المشاهدين", goal_chats: "هدف التعليقات",
  to_go: "متبقٍ {n}", reached: "تم بلوغ الهدف!", round_n: "الجولة {n}", latest_follow: "آخر متابع",
  latest_gift: "آخر مُهدٍ", latest_biggest: "أكبر هدية", latest_top: "أكثر المُهدين", did_gift: "أرسل {gift}",
  did_gift_plain: "أرسل هدية", did_follow: "بدأ المتابعة", did_share: "شارك البث", did_subscribe: "اشترك",
  did_superfan: "أصبح معجبًا خارقًا", did_envelope: "أرسل صندوق كنز", did_join: "انضم", alert_follow: "متابع جديد",
  alert_share: "مشاركة", alert_subscribe: "مشترك جديد", alert_superfan: "معجب خارق جديد",
  alert_envelope: "صندوق كنز", alert_goal: "تم بلوغ الهدف!", alert_milestone: "إنجاز جديد!",
  alert_gift: "هدية جديدة", alert_summary: "شكرًا!", summary_gifts: "{count} هدية من {people} أشخاص",
  summary_gifts_one: "{count} هدية", summary_follows: "{count} متابع جديد", summary_shares: "{count} مشاركة",
  summary_any: "{count} أخرى من {people} أشخاص", points: "نقطة", tie: "تعادل", winner: "الفائز", versus: "VS",
  preparing: "المباراة على وشك البدء", starting: "استعد", settling: "جارٍ العد…", finished: "النتيجة",
  punish: "العقوبة", booster_glove: "القفازات", booster_mist: "الضباب", booster_time: "صانع الوقت",
  booster_hammer: "مطرقة الصعق", booster_boost: "تعزيز", speaker: "المتحدث {n}", live: "مباشر",
  rank_region: "الترتيب الإقليمي", rank_league: "ترتيب الدوري", rank_gaming: "ترتيب الألعاب",
  rank_shopping: "ترتيب التسوق", rank_gifters: "أكثر المُهدين", to_next: "{n} إلى المرتبة التالية",
  top_sellers: "أفضل البائعين مباشرة", sold: "بيع {n}", lives: "{n} بث", period_day: "اليوم",
};
