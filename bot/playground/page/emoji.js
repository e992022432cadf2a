// Slack's emoji by name. The emulator knows all of them; the picker starts with those of work.

const GROUPS = {
  "For support": `
    ticket admission_tickets white_check_mark eyes hourglass_flowing_sand warning rotating_light x
    no_entry no_entry_sign question exclamation heavy_check_mark ballot_box_with_check package
    truck credit_card moneybag shopping_trolley shopping_bags gift label receipt email envelope
    incoming_envelope inbox_tray outbox_tray phone link lock unlock key bell no_bell mag memo
    pencil2 clipboard paperclip pushpin calendar date clock3 alarm_clock stopwatch bar_chart
    chart_with_upwards_trend chart_with_downwards_trend file_folder wastebasket gear wrench
    hammer_and_wrench bug robot_face bulb information_source speech_balloon busts_in_silhouette
    bust_in_silhouette globe_with_meridians house repeat arrows_counterclockwise
    leftwards_arrow_with_hook arrow_right arrow_left arrow_up arrow_down heavy_plus_sign
    heavy_minus_sign zap fire star sparkles trophy red_circle large_orange_circle
    large_yellow_circle large_green_circle large_blue_circle white_circle black_circle
    large_green_square large_yellow_square large_red_square small_blue_diamond`,
  People: `
    +1 -1 clap raised_hands pray wave ok_hand muscle point_up point_right point_left
    point_down handshake writing_hand smile smiley grinning grin joy rolling_on_the_floor_laughing
    slightly_smiling_face wink blush heart_eyes thinking_face neutral_face unamused sweat_smile
    disappointed cry sob angry rage scream sunglasses tada partying_face hugging_face
    face_with_rolling_eyes confused worried sleeping facepalm shrug heart orange_heart
    yellow_heart green_heart blue_heart purple_heart broken_heart 100 rocket coffee cake pizza
    beers sunny cloud umbrella snowflake christmas_tree rainbow cat dog bee dart crystal_ball art
    musical_note camera computer iphone hammer flag-gb flag-us flag-de flag-fr`,
};

let glyphs = {};

/** Take the whole set: name → character. */
export function learnEmoji(all) {
  glyphs = all;
}

const MOST_FOUND = 96;

/** [heading, names] of what the picker shows for `query`. */
export function pickable(query) {
  const wanted = query.trim().toLowerCase().replaceAll(":", "").replaceAll(" ", "_");
  if (wanted)
    return [
      [
        "Found",
        Object.keys(glyphs)
          .filter((name) => name.includes(wanted))
          .slice(0, MOST_FOUND),
      ],
    ];
  return Object.entries(GROUPS).map(([heading, list]) => [
    heading,
    list.trim().split(/\s+/).filter(isKnown),
  ]);
}

/** The reactions a support team uses all day, with what each does. */
export const QUICK_PICKS = [
  ["ticket", "Create a ticket"],
  ["admission_tickets", "Create a ticket"],
  ["white_check_mark", "Resolve"],
  ["eyes", "Looking at it"],
];

const plain = (name) => name.split("::")[0];

/** The character for `name`, or `:name:` when there is none. */
export const emoji = (name) => glyphs[plain(name)] ?? `:${name}:`;

export const isKnown = (name) => plain(name) in glyphs;

/** A name for a screen reader: "white check mark". */
export const spoken = (name) => name.replaceAll("_", " ");
