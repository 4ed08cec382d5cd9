/* Japanese. */

/** @type {Partial<import("../i18n.js").Words>} */
export const words = {
  direction: "ltr",
  anonymous: "匿名", top_diamonds: "ギフトランキング", top_gifts: "ギフト数", top_likes: "いいね数", top_chats: "コメント数",
  top_shares: "シェア数", period_stream: "このLIVE", period_today: "今日", period_week: "今週", period_month: "今月",
  period_all: "全期間", metric_diamonds: "ダイヤ", metric_gifts: "ギフト", metric_likes: "いいね", metric_follows: "新規フォロワー",
  metric_shares: "シェア", metric_subscribes: "サブスク", metric_superfans: "スーパーファン", metric_viewers: "視聴者",
  metric_chats: "コメント", goal_diamonds: "ダイヤ目標", goal_gifts: "ギフト目標", goal_likes: "いいね目標", goal_follows: "フォロワー目標",
  goal_shares: "シェア目標", goal_subscribes: "サブスク目標", goal_superfans: "スーパーファン目標", goal_viewers: "視聴者目標",
  goal_chats: "コメント目標", to_go: "あと{n}", reached: "目標達成！", round_n: "ラウンド{n}", latest_follow: "最新フォロワー",
  latest_gift: "最新のギフト", latest_biggest: "最大のギフト", latest_top: "トップギフター", did_gift: "{gift}を贈りました",
  did_gift_plain: "ギフトを贈りました", did_follow: "フォローしました", did_share: "LIVEをシェアしました", did_subscribe: "サブスク登録しました",
  did_superfan: "スーパーファンになりました", did_envelope: "宝箱を贈りました", did_join: "参加しました", alert_follow: "新規フォロワー",
  alert_share: "シェア", alert_subscribe: "新規サブスク", alert_superfan: "新しいスーパーファン", alert_envelope: "宝箱",
  alert_goal: "目標達成！", alert_milestone: "記念達成！", alert_gift: "新しいギフト", alert_summary: "ありがとう！",
  summary_gifts: "{people}人から{count}個のギフト", summary_gifts_one: "{count}個のギフト", summary_follows: "新規フォロワー{count}人",
  summary_shares: "シェア{count}回", summary_any: "{people}人からほか{count}件", points: "点", tie: "引き分け", winner: "勝利",
  versus: "VS", preparing: "まもなくバトル開始", starting: "準備", settling: "集計中…", finished: "結果", punish: "罰ゲーム",
  booster_glove: "グローブ", booster_mist: "ミスト", booster_time: "タイムメーカー", booster_hammer: "スタンハンマー",
  booster_boost: "ブースト", speaker: "話者{n}", live: "LIVE", rank_region: "地域ランキング", rank_league: "リーグランキング",
  rank_gaming: "ゲームランキング", rank_shopping: "ショッピングランキング", rank_gifters: "ギフトランキング", to_next: "次の順位まで{n}",
  top_sellers: "LIVE販売ランキング", sold: "{n}個販売", lives: "LIVE {n}回", period_day: "今日",
  summary_subscribes: "新規サブスク{count}人", summary_superfans: "新しいスーパーファン{count}人",
  summary_envelopes: "宝箱{count}個",
  hidden: "非公開",
};
