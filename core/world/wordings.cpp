#include "core/world/wordings.h"

#include <array>

namespace fusionscope::world {

namespace {

using std::string_view;

constexpr string_view describe[] = {
    "(What is|What's) (in|on|shown in) (the|this) (picture|image)?",
    "(Describe|Caption) (the|this) (picture|image|photo)(| briefly| in one sentence| in a few words).",
    "(Please |)(give|write) (me |)a (short|brief) (caption|description)(| of the picture| of this image).",
    "What (does|do you think) (the|this) (picture|image) (show|shows)?",
    "(Can|Could) you (describe|sum up) (this|the) (image|picture)?",
    "(Tell me|Say) (briefly |)what (you see|this is|the picture shows).",
    "What (am I looking at|is this)?",
    "(Summarise|Summarize) (the|this) (picture|image)(| for me).",
    "(In one sentence, what|In short, what) (is in this picture|does this image show)?",
};
constexpr string_view detail[] = {
    "(Describe|Explain) (the|this) (picture|image) in (detail|full detail|as much detail as you can).",
    "(Please |)(give|write) (me |)a (detailed|full|long) description(| of the picture| of this image).",
    "(Tell me|Say) everything (you see|that is in the picture|about this image).",
    "What (exactly |)is (shown|going on|to be seen) (here|in the picture)?",
    "(Can|Could) you (describe|go through) (the|this) (image|picture) (in detail|thoroughly|carefully)?",
    "(Describe|List) (all|every one of) the things in (the|this) (picture|image) and where they are.",
    "(Walk|Take) me through (the|this) (picture|image).",
    "I (cannot|can't) see (the|this) (picture|image). What is (on it|there)?",
};
constexpr string_view existence[] = {
    "Is there {a}( in the picture| in this image| here|)?",
    "(Can|Do) you see {a}( in the picture| in the image| anywhere|)?",
    "Does (the|this) (picture|image|photo) (show|contain|have) {a}?",
    "(Are|Aren't) there any {xs}( in the picture| here|)?",
    "Is {a} (shown|visible|present)( in this picture| in the image|)?",
    "(Please check|Check|Look): is there {a}?",
    "(Tell me|Say) (whether|if) there is {a}( in the picture|).",
    "(Do|Can) you (notice|spot|find) any {xs}?",
    "Any {xs}( in the picture| here| in there|)?",
    "Is it true that there is {a}( in the picture|)?",
    "I am looking for {a}. Is there one?",
    "(Does this|Does it) (look like it has|include) {a}?",
    "(Hey, any {xs} in here?|Would you say there is {a}?|Could there be {a} in it?)",
};
constexpr string_view count[] = {
    "How many {xs} (are there|do you see|can you see|are in the picture)?",
    "Count the {xs}( in the picture| for me|).",
    "What is the number of {xs}( in the picture| shown here|)?",
    "How many {xs} (are shown|are visible|does the picture show|does the image contain)?",
    "(Tell me|Say) how many {xs} there are( in the picture|).",
    "(Could you please|Could you|Can you) count the {xs}( in the image| here|)?",
    "(Give me|I need) the number of {xs}( in the picture|).",
    "How many {xs}( in all| altogether| in total|)?",
    "What number of {xs} (can be seen|is shown)?",
    "The number of {xs}, please.",
    "(In numbers, how|Exactly how) many {xs} are (there|here)?",
    "(Do you know|Can you tell) how many {xs} there are?",
    "(How many {xs} can be counted, please?|What's the {x} count?)",
};
constexpr string_view colour[] = {
    "What (color|colour) is the {x}?",
    "(Which|What) (color|colour) does the {x} have?",
    "What is the (color|colour) of the {x}?",
    "(Tell me|Say|Name) the (color|colour) of the {x}.",
    "(Can|Could) you (tell me|name) the (color|colour) of the {x}?",
    "In (what|which) (color|colour) is the {x}( drawn| shown|)?",
    "The {x} is (what|which) (color|colour)?",
    "What (color|colour) would you say the {x} is?",
    "(Do you see|Can you see) what (color|colour) the {x} is?",
    "(Which|What) (color|colour) has the {x} (in the picture|in this image)?",
    "(Please name|Please tell me) the {x}'s (color|colour).",
    "What's the {x}'s (color|colour)?",
    "(Describe the (color|colour) of the {x}.|How would you call the (color|colour) of the {x}?)",
};
constexpr string_view where[] = {
    "Where is the {x}( in the picture| in this image|)?",
    "Where (can I find|do you see|can you see) the {x}?",
    "In (which|what) (part|area|corner) of the (picture|image) is the {x}?",
    "What is the (position|location|place) of the {x}?",
    "(Tell me|Say|Show me) where the {x} is.",
    "(Whereabouts|Where exactly) is the {x}?",
    "(Can|Could) you (find|locate) the {x}?",
    "Where should I look for the {x}?",
    "The {x}, where is it( in the picture|)?",
    "(Which|What) (part|area) of the (picture|image) (shows|contains) the {x}?",
    "(Please |)(locate|find) the {x}( in the image|).",
    "Where in the (picture|image) is the {x}( shown| drawn|)?",
    "(Where has the {x} been put?|On which side is the {x}?)",
};
constexpr string_view relations[] = {
    "Where is the {x} (relative to|compared to|in relation to|as seen from) the {y}?",
    "(How|Where) is the {x} placed with respect to the {y}?",
    "What is the position of the {x} (relative to|compared with) the {y}?",
    "Is the {x} (left or right of, above or below|to the left, to the right, above or below) the {y}?",
    "On which side of the {y} is the {x}( placed| to be found|)?",
    "(Tell me|Say) where the {x} is (from|relative to) the {y}.",
    "(Looking|Seen) from the {y}, where is the {x}?",
    "How do the {x} and the {y} lie to each other?",
    "In (which|what) direction from the {y} is the {x}?",
    "(Describe|Give) the position of the {x} (relative to|from) the {y}.",
    "(If you start|If I start) at the {y}, where is the {x}?",
    "Where does the {x} (stand|lie) (relative to|compared to|as seen from) the {y}?",
    "(Would you say|Can you say|Could you say) on which side of the {y} the {x} is(, please|)?",
    "Which way do I go from the {y} to (get to|reach) the {x}?",
};
constexpr string_view compare[] = {
    "Are there more {xs} (than|or) {ys}?",
    "(Which|What) (are|is) there more of, {xs} or {ys}?",
    "Do you see more {xs} or more {ys}?",
    "(Which|What) (is|are) more (numerous|frequent|common)( here|), the {xs} or the {ys}?",
    "(Compare|Please compare) the number of {xs} (with|and) {ys}.",
    "Of {xs} and {ys}, (which|what) (is|are) there more( of|)?",
    "(Are|Aren't) the {xs} or the {ys} in the majority?",
    "(Tell me|Say) whether there are more {xs} or more {ys}.",
    "(Count|Look): more {xs} or more {ys}?",
    "(Does the picture|Does the image) (show|have|contain) more {xs} or more {ys}?",
    "(Who wins by number|Which is the larger group), {xs} or {ys}?",
};
constexpr string_view category[] = {
    "Is there {category}( in the picture| in this image| here|)?",
    "(Can|Do) you see {category}( in the picture| anywhere|)?",
    "Does (the|this) (picture|image) (show|contain|have) {category}?",
    "Is {category} (shown|visible|present)( here|)?",
    "(Check|Look): is there {category}?",
    "(Tell me|Say) (whether|if) there is {category}( in the picture|).",
    "(Do|Can) you (notice|spot|find) {category}?",
    "Is anything( here|) {category}?",
    "Is one of the things( in the picture| here|) {category}?",
    "(Which|What) in the picture is {category}, if (anything|any)?",
    "(Do we have|Have we got) {category} here?",
};
constexpr string_view scene[] = {
    "What is the background( of the picture| like|)?",
    "Where (does this take place|is this|was this)?",
    "(What|Which) (kind of |)place is (this|shown)?",
    "(What|Which) (setting|scene|place) (do you see|is it|is shown)?",
    "(Describe|Name|Tell me) the (background|setting|place).",
    "What is (behind the things|in the background)?",
    "Where are (we|the things)?",
    "(On what|In what) (ground|setting) is this?",
    "What (kind|sort) of (background|setting) (does the picture have|is it)?",
    "(What are the surroundings?|Tell me about the surroundings.)",
};
constexpr string_view list[] = {
    "(What|Which) (objects|things|items) are (in the picture|in this image|here|shown)?",
    "What (things |objects |)(do|can) you see?",
    "(List|Name) (the|all) (objects|things|items)( in the picture|).",
    "(Can you list|Could you name|Will you list) (everything in the picture|the objects)?",
    "(Give|Make) (me |)a list of the (objects|things).",
    "What (all |)is (there|in it)?",
    "(Enumerate|Tell me) (the|all the) things you see.",
    "(Which|What) things (does the picture show|can be seen|are visible)?",
    "(Make an inventory of|Run through) the (picture|image).",
};
constexpr string_view read[] = {
    "What does the (text|writing) say?",
    "(Read|Please read) the (text|writing|words)( in the picture| out| to me|).",
    "What is written (in the picture|here|there)?",
    "(What|Which) (text|words|writing) (do you see|can you read|is there)?",
    "(Transcribe|Copy|Type out) the text.",
    "What (does it|do the letters) say?",
    "(Is there any|Do you see any) (text|writing)? What does it say?",
    "(Tell me|Say) what is (written|printed)( in the picture|).",
    "(What can be read here?|What stands in the picture?|Read it out.)",
    "(Which|What) words are (written|printed) (in the picture|in this image|here)?",
    "(Spell|Give me) the (writing|letters|text) you see.",
};
constexpr string_view chartValue[] = {
    "What is the value (of|for) {value}?",
    "How (much|high|large) is {value}?",
    "(Which|What) value does {value} have( in the chart|)?",
    "What (number|value) (belongs to|goes with|is shown for) {value}?",
    "(Read|Tell me|Give me|Say) the (value|number) (of|for) {value}.",
    "(Look up|Find) {value}( in the chart| in the diagram|). What is its value?",
    "What does the chart (say|show|give) for {value}?",
    "{value} has (which|what) value?",
    "(And the|The) value of {value}?",
    "How many (are there for|for) {value}?",
    "(What can I read off for|Where does the chart put) {value}?",
};
constexpr string_view chartMost[] = {
    "(Which|What) (one |)is the (highest|largest|biggest)( in the chart| of all|)?",
    "(What|Which) has the (largest|highest|greatest) value( in the chart|)?",
    "(Where|For what) is the (maximum|highest value|peak)?",
    "(Name|Tell me|Give me) the (highest|largest) one( in the chart|).",
    "Which (category|entry) (is largest|has the most|comes first)?",
    "What is the (maximum|top one|largest entry)?",
    "(Which|What) (stands out as|is) the most?",
    "(Which|What) (category|name) has the (maximum|highest number)?",
    "(Which of them leads?|What tops the chart?)",
};
constexpr string_view chartLeast[] = {
    "(Which|What) (one |)is the (lowest|smallest|least)( in the chart| of all|)?",
    "(What|Which) has the (smallest|lowest|least) value( in the chart|)?",
    "(Where|For what) is the (minimum|lowest value|low point)?",
    "(Name|Tell me|Give me) the (lowest|smallest) one( in the chart|).",
    "Which (category|entry) (is smallest|has the least|comes last)?",
    "What is the (minimum|bottom one|smallest entry)?",
    "(Which|What) (stands out as|is) the least?",
    "(Which|What) (category|name) has the (minimum|lowest number)?",
    "(Which of them is last?|What is at the bottom of the chart?)",
};
constexpr string_view chartTitle[] = {
    "What is the title( of the chart| of this chart|)?",
    "What is the (chart|diagram|figure|graph) called?",
    "(Read|Tell me|Give me|What is) the (title|heading|headline).",
    "(Which|What) (title|heading|name) does the (chart|diagram|graph) have?",
    "What (does the title say|is written at the top|is the heading)?",
    "How is the (chart|diagram|graph) (titled|called|named)?",
    "(Does the chart|Does the diagram) have a title? What is it?",
    "(What is this chart about, going by its title?|What headline does it carry?)",
};
constexpr string_view boxes[] = {
    "(Give|Tell|Show) me the (box|boxes|bounding box|coordinates) of the {x}.",
    "(Locate|Detect|Find) the {x} (with|and give) (a box|its coordinates|a bounding box).",
    "What (is the bounding box|are the coordinates) of the {x}?",
    "(Draw|Put) a box around the {x}.",
    "(Where is the {x}|Where exactly is the {x})? (Answer|Reply) with (a box|coordinates).",
    "(Please box|Box|Mark) the {x}( in the picture|).",
    "The (box|coordinates|bounding box) of the {x}, please.",
    "(Return|Output|Write) the (box|bounding box|coordinates) (for|of) the {x}.",
    "(Frame the {x}.|What box holds the {x}?)",
};
constexpr string_view symbol[] = {
    "What does the {x} (show|say|mean|stand for)?",
    "(Read|Tell me|Say) (what|the thing that) the {x} shows.",
    "(Which|What) {x} is (this|that|it|shown)?",
    "What (is shown|can you read|do you see) on the {x}?",
    "(Look at|Read) the {x}. What (is it|does it show|do you read)?",
    "(Can|Could) you read the {x}( for me|)?",
    "What is the (reading|meaning|message) of the {x}?",
    "(Tell|Explain to) me (about|what is on) the {x}.",
    "The {x}: what (is on it|does it show|is it)?",
    "(Please read|Please name) (what is on the {x}|the {x}).",
    "(What do I see on the {x}?|Interpret the {x}.)",
};
constexpr string_view doubt[] = {
    "Are you (sure|certain|positive)( about that| of that|)?",
    "(Really|Truly|Honestly)?",
    "(Is|Was) that (right|correct|true)?",
    "(Look|Check|Have a look) again(, please|). (Is that right|Are you sure)?",
    "(I doubt it|I don't think so|I am not sure about that)(. Is it so|. Are you certain|)?",
    "(Can you|Could you) (confirm|check) that?",
    "(You are sure|You are certain), (are you|aren't you|yes)?",
    "(Would you bet on that?|No mistake?)",
};
constexpr string_view unanswerable[] = {
    "(What is|What's) the {thing}( called|) name?",
    "What is the name of the {thing}?",
    "How (old|heavy|expensive) is the {thing}?",
    "Who (owns|bought|made|drew) the {thing}?",
    "(When|By whom) was the {thing} (made|bought|found)?",
    "What (is the {thing} thinking|does the {thing} want|will the {thing} do next)?",
    "(How much|What) does the {thing} (cost|weigh)?",
    "What (does|did) the {thing} (smell|sound|taste) like?",
    "Why is the {thing} (here|there|in the picture)?",
    "(Does the {thing} have|Has the {thing} got) a (name|history|price)?",
    "(What happened to|What is inside) the {thing}?",
    "(Where was|In which country was) the {thing} (made|bought)?",
};
constexpr string_view offTopic[] = {
    "What (is|will be) the weather (tomorrow|like in Paris|next week)?",
    "Who (is the president|won the game yesterday|wrote that famous book)?",
    "(Tell|Write) me a (joke|story|poem|song).",
    "What is (12 times 7|the square root of 81|the capital of Peru|the meaning of life)?",
    "(Can|Could) you (book a flight|order a pizza|send an email|play music)( for me|)?",
    "(Translate|Write) (a letter|this page|an essay)( into French|).",
    "(How do I|How can I) (cook rice|fix my car|get rich|learn to swim)?",
    "What (time|day) is it( now| today|)?",
    "(Which stocks should I buy?|Do you believe in ghosts?|Who am I?)",
};
constexpr string_view greeting[] = {
    "(Hello|Hi|Hey|Good morning|Good evening|Good afternoon)( there| to you|)(!|.|)",
    "(Thank you|Thanks|Thank you very much|Many thanks)( for that| for your help|)(!|.|)",
    "(Who|What) are you?",
    "What (can you do|are you able to do|do you know)?",
    "(Goodbye|Bye|See you|See you later)( now|)(!|.|)",
    "How are you( today| doing|)?",
    "(Greetings|Howdy)!",
};

constexpr string_view yesForms[] = {
    "Yes, there {is} {some}.", "Yes, I can see {some}.", "Yes, the picture shows {some}.", "Yes, there {is} {some} in the picture.",
    "Yes, {some} {is} visible.", "Yes, there {is} {some} here.", "Yes, there {is} {some} in the picture.", "Yes, I can see {some}.",
    "Yes, {some}.", "Yes, it is true: there {is} {some}.", "Yes, here {is} {some}.", "Yes, it includes {some}.", "Yes."};
constexpr string_view noForms[] = {
    "No, there is no {x}.", "No, I can't see {a} in the picture.", "No, the picture does not show {a}.", "No, there are no {xs}.",
    "No, no {x} is visible.", "No, there is no {x} here.", "No, there is no {x} in the picture.", "No, I can't see any {xs}.",
    "No, no {xs}.", "No, it is not true: there is no {x}.", "No, I can't find {a}.", "No, it does not include {a}.", "No."};
constexpr string_view numberForms[] = {
    "There {is} {some}.", "{Number}.", "The number of {xs} is {number}.", "The picture shows {some}.", "There {is} {some} in the picture.",
    "I count {some}.", "{Number} {xs_or_x}.", "{Some} in all.", "{Number}.", "{Number} {xs_or_x}.", "{Digits}.", "I see {some}.", "{Number}."};
constexpr string_view noneForms[] = {
    "There are no {xs}.", "Zero.", "The number of {xs} is zero.", "The picture shows no {xs}.", "There are no {xs} in the picture.",
    "I count no {xs}.", "No {xs}.", "No {xs} at all.", "Zero.", "No {xs}.", "0.", "I see no {xs}.", "Zero."};
constexpr string_view colourForms[] = {
    "The {x} is {colour}.", "It is {colour}.", "The color of the {x} is {colour}.", "{Colour}.", "The {x} is {colour} in color.",
    "The {x} is {colour}.", "{Colour}.", "I would say the {x} is {colour}.", "Yes, the {x} is {colour}.", "The {x} has the color {colour}.",
    "The {x}'s color is {colour}.", "It's {colour}.", "{Colour}."};
constexpr string_view whereForms[] = {
    "The {x} is at the {zone}.", "You can find the {x} at the {zone}.", "It is at the {zone}.", "The position of the {x} is {zone}.",
    "The {x} is at the {zone} of the picture.", "At the {zone}.", "The {x} is at the {zone}.", "Look at the {zone}.", "It is at the {zone}.",
    "The {zone} of the picture.", "The {x} is at the {zone}.", "The {x} is shown at the {zone}.", "At the {zone}."};
constexpr string_view relationForms[] = {
    "The {x} is {relation} the {y}.", "The {x} is {relation} the {y}.", "It is {relation} the {y}.", "The {x} is {relation} the {y}.",
    "The {x} is {relation} it.", "The {x} is {relation} the {y}.", "From there, the {x} is {relation} the {y}.",
    "The {x} lies {relation} the {y}.", "{Relation} the {y}.", "The {x} can be found {relation} the {y}.",
    "You find the {x} {relation} the {y}.", "It stands {relation} the {y}.", "The {x} is {relation} the {y}."};
constexpr string_view valueForms[] = {
    "The value of {value} is {number}.", "{Value} is {number}.", "It has the value {number}.", "The number for {value} is {number}.", "{number}.",
    "Its value is {number}.", "The chart shows {number} for {value}.", "{Value} has the value {number}.", "It is {number}.", "{number}.",
    "It reads {number}.", "That is {number}."};

}  // namespace

std::span<const string_view> questionPatterns(Kind kind) {
    static constexpr std::array<std::span<const string_view>, kindCount> tables = {
        describe, detail,     existence, count,     colour,     where, relations, compare, category,     scene,    list,
        read,     chartValue, chartMost, chartLeast, chartTitle, boxes, symbol,    doubt,   unanswerable, offTopic, greeting};
    return tables.at(static_cast<std::size_t>(kind));
}

std::span<const string_view> answerForms(Answer answer) {
    static constexpr std::array<std::span<const string_view>, 8> tables = {yesForms,    noForms,    numberForms,   noneForms,
                                                                           colourForms, whereForms, relationForms, valueForms};
    return tables.at(static_cast<std::size_t>(answer));
}

}  // namespace fusionscope::world
