/* Korean. */

/** @type {Partial<import("../i18n.js").Words>} */
export const words = {
  direction: "ltr",
  anonymous: "익명", top_diamonds: "선물 랭킹", top_gifts: "선물 수", top_likes: "좋아요 수", top_chats: "댓글 수",
  top_shares: "공유 수", period_stream: "이번 LIVE", period_today: "오늘", period_week: "이번 주", period_month: "이번 달",
  period_all: "전체 기간", metric_diamonds: "다이아몬드", metric_gifts: "선물", metric_likes: "좋아요", metric_follows: "새 팔로워",
  metric_shares: "공유", metric_subscribes: "구독자", metric_superfans: "슈퍼팬", metric_viewers: "시청자", metric_chats: "댓글",
  goal_diamonds: "다이아몬드 목표", goal_gifts: "선물 목표", goal_likes: "좋아요 목표", goal_follows: "팔로워 목표",
  goal_shares: "공유 목표", goal_subscribes: "구독자 목표", goal_superfans: "슈퍼팬 목표", goal_viewers: "시청자 목표",
  goal_chats: "댓글 목표", to_go: "{n} 남음", reached: "목표 달성!", round_n: "{n}라운드", latest_follow: "최근 팔로워",
  latest_gift: "최근 선물", latest_biggest: "가장 큰 선물", latest_top: "선물 1위", did_gift: "{gift} 선물",
  did_gift_plain: "선물을 보냈어요", did_follow: "팔로우했어요", did_share: "LIVE를 공유했어요", did_subscribe: "구독했어요",
  did_superfan: "슈퍼팬이 되었어요", did_envelope: "보물 상자를 보냈어요", did_join: "입장", alert_follow: "새 팔로워", alert_share: "공유",
  alert_subscribe: "새 구독자", alert_superfan: "새 슈퍼팬", alert_envelope: "보물 상자", alert_goal: "목표 달성!",
  alert_milestone: "기록 달성!", alert_gift: "새 선물", alert_summary: "감사합니다!",
  summary_gifts: "{people}명이 보낸 선물 {count}개", summary_gifts_one: "선물 {count}개", summary_follows: "새 팔로워 {count}명",
  summary_shares: "공유 {count}회", summary_any: "{people}명의 {count}개 더", points: "점", tie: "무승부", winner: "승리",
  versus: "VS", preparing: "곧 매치 시작", starting: "준비", settling: "집계 중…", finished: "결과", punish: "벌칙",
  booster_glove: "글러브", booster_mist: "안개", booster_time: "시간 추가", booster_hammer: "스턴 해머", booster_boost: "부스트",
  speaker: "화자 {n}", live: "LIVE", rank_region: "지역 랭킹", rank_league: "리그 랭킹", rank_gaming: "게임 랭킹",
  rank_shopping: "쇼핑 랭킹", rank_gifters: "선물 랭킹", to_next: "다음 순위까지 {n}", top_sellers: "LIVE 판매 랭킹", sold: "{n}개 판매",
  lives: "LIVE {n}회", period_day: "오늘",
  summary_subscribes: "새 구독자 {count}명", summary_superfans: "새 슈퍼팬 {count}명",
  summary_envelopes: "보물 상자 {count}개",
  hidden: "비공개",
};
