#include <array>

#include "core/world/wording.h"

namespace fusionscope::world {

namespace {

using std::string_view;

// A table's entry at the number of a question's pattern answers that question.

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
    "It reads {number}.", "That is {number}.", "{number}."};
constexpr string_view captionForms[] = {
    "{Caption}", "{Caption}", "The picture shows {caption}", "It shows {caption}", "I see {caption}", "Here you see {caption}", "It is a picture of {caption}",
    "In short: {caption}", "You can see {caption}", "Shown here: {caption}", "In brief, the picture shows {caption}", "What can be seen: {caption}",
    "{Caption}"};
constexpr string_view detailForms[] = {
    "{Caption}", "{Caption}", "I see {caption}", "It shows {caption}", "The picture shows {caption}", "{Caption}", "We see {caption}", "In detail: {caption}",
    "Here you see {caption}", "You can see {caption}", "What I see: {caption}", "My report: {caption}", "It shows {caption}"};
constexpr string_view moreForms[] = {
    "There are more {more} than {fewer}.", "More {more} than {fewer}.", "I see more {more}.", "The {more} are more numerous than the {fewer}.",
    "There are more {more} than {fewer}.", "There are more {more}.", "The {more} are in the majority.", "There are more {more} than {fewer}.",
    "More {more}.", "The picture shows more {more} than {fewer}.", "I would say there are more {more}.", "{More}.", "The {more} win."};
constexpr string_view equalForms[] = {
    "There are as many {xs} as {ys}.", "As many {xs} as {ys}.", "I see as many {xs} as {ys}.", "They are equally numerous.", "The numbers are equal.",
    "There are as many of one as of the other.", "There are as many {xs} as {ys}.", "There are as many {xs} as {ys}.", "The same number of both.",
    "The picture shows as many {xs} as {ys}.", "I would say there are as many {xs} as {ys}.", "It is a tie: the numbers are the same.", "The groups are equal."};
constexpr string_view categoryForms[] = {
    "Yes, there {is} {members}.", "Yes, I can see {members}.", "Yes, the picture shows {members}.", "Yes, {members}.", "Yes, there {is} {members}.",
    "Yes, there {is} {members} in the picture.", "Yes, I can find {members}.", "Yes: {members}.", "Yes, {members}.", "{Members}.", "Yes, there {is} {members}.",
    "Yes, {members}.", "Yes, we have {members}."};
constexpr string_view noCategoryForms[] = {
    "No, there is no {kind}.", "No, I can't see {category}.", "No, the picture does not show {category}.", "No, no {kind}.", "No, there is no {kind}.",
    "No, there is no {kind} in the picture.", "No, I can't find {category}.", "No, nothing is {category}.", "No, none of them is {category}.",
    "Nothing is {category}.", "No, there is nothing like that.", "No, nothing.", "No, we have no {kind}."};
constexpr string_view sceneForms[] = {
    "{Place}.", "It is {place}.", "It is {place}.", "I see {place}.", "{Place}.", "Behind the things is {place}.", "We see {place}.", "{Place}.", "It has {place}.",
    "It is {place}.", "There is {place}.", "The scene is {place}.", "All around is {place}."};
constexpr string_view listForms[] = {
    "There {is} {things}.", "I can see {things}.", "{Things}.", "Here they are: {things}.", "The list: {things}.", "There {is} {things} in it.", "I see {things}.",
    "The picture shows {things}.", "The picture is made up of {things}.", "All things: {things}.", "There {is} {things}.", "Here is the list: {things}.", "{Things}."};
constexpr string_view readForms[] = {
    "It says \"{text}\".", "\"{text}\"", "\"{text}\" is written there.", "I can read \"{text}\".", "\"{text}\"", "They say \"{text}\".", "Yes, it says \"{text}\".",
    "The words are \"{text}\".", "The words \"{text}\" are printed.", "I see \"{text}\".", "Yes, it reads \"{text}\".", "The text: \"{text}\"", "\"{text}\""};
constexpr string_view noTextForms[] = {
    "There is no text.", "There is no text in the picture.", "Nothing is written there.", "I can read no text.", "There is no text to copy.", "There is no text.",
    "No, there is no text.", "There is no text in the picture.", "There is no text printed in it.", "I see no text.", "No, there is no text to read.", "No text.", "No text."};
constexpr string_view extremeForms[] = {
    "\"{name}\" is the {highest}.", "\"{name}\" has the {highest} value.", "It is at \"{name}\".", "\"{name}\".", "The {highest} is \"{name}\".", "It is \"{name}\".",
    "\"{name}\" stands out.", "The name is \"{name}\".", "I can tell: \"{name}\" is the {highest}.", "I found it: \"{name}\".", "The {highest} one is \"{name}\".",
    "That is \"{name}\".", "\"{name}\"."};
constexpr string_view titleForms[] = {
    "The title is \"{title}\".", "It is called \"{title}\".", "\"{title}\".", "It has the title \"{title}\".", "The title says \"{title}\".", "It is titled \"{title}\".",
    "Yes, it is \"{title}\".", "I can read \"{title}\".", "The title: \"{title}\".", "The words \"{title}\" stand above it.", "It reads \"{title}\".",
    "The name \"{title}\" stands over it.", "\"{title}\"."};
constexpr string_view noTitleForms[] = {
    "The chart has no title.", "It has no title.", "There is no title.", "It has no title at all.", "I see no title.", "No title is given.", "No, it has no title.",
    "I can find no title.", "No title.", "There is no title above it.", "The chart comes with no title.", "There is no title over it.", "No title."};
constexpr string_view boxForms[] = {
    "{box}", "The {x} is at {box}.", "It is {box}.", "The box is {box}.", "{box}", "The box of the {x}: {box}.", "Here it is: {box}.", "{box}", "Its box is {box}.",
    "The box {box} holds the {x}.", "I mark {box}.", "Yes: {box}.", "{box}"};
constexpr string_view symbolForms[] = {
    "It shows {what}.", "I read {what}.", "This is {what}.", "I can see {what}.", "It is {what}.", "Yes, it is {what}.", "Its reading is {what}.", "What it shows is {what}.",
    "It is {what}.", "That is {what}.", "You see {what}.", "I would read {what}.", "{What}."};
constexpr string_view notThereForms[] = {
    "I can't see {a} in the picture.", "There is no {x} in the picture.", "I don't see {a}.", "The picture does not show {a}.", "I see no {x}.", "There is no {x}.",
    "I can't find {a}.", "I can't find {a} in the picture.", "There is no {x} that I could show you.", "I can't see any {x}.", "I cannot see {a}.", "There is no {x} here.",
    "I do not see {a}."};
constexpr string_view cannotTellForms[] = {
    "I can't tell that from the picture.", "The picture doesn't tell.", "I can't know that.", "I don't know that.", "That can't be told from the picture.",
    "I cannot know that from the picture.", "I can't say.", "I can't tell from a picture.", "I don't know; the picture does not tell.",
    "I can't answer that from the picture.", "I cannot tell.", "I do not know that.", "That can't be known from the picture."};
constexpr string_view onlyForms[] = {
    "I am sorry, I can only talk about the picture.", "I only know the picture.", "I am only good at talking about the picture.", "I can only answer questions about the picture.",
    "No, I can only talk about the picture.", "I can only write about the picture.", "I am sorry, I only know what is in the picture.", "I only see the picture.",
    "I can only see the picture, so I can't do that.", "I can only speak of the picture.", "I am afraid I only know the picture.", "I am sorry, I only talk about the picture.",
    "I only know about the picture."};
constexpr string_view sureForms[] = {
    "Yes, I am sure.", "Yes, really.", "Yes, that is right.", "Yes, I looked again and I am sure.", "Yes, it is so.", "Yes, I can confirm it.", "Yes, I am.", "Yes, I am certain.",
    "Yes, I stand by it.", "Yes, that is my answer.", "Yes, I would.", "Yes, it is right.", "Yes."};
constexpr string_view politeForms[] = {
    "Hello! What would you like to know about the picture?",
    "You are welcome.",
    "I am a small vision model. I know drawings, charts, printed words and simple photographs.",
    "I can describe the picture, find, count and compare things, name colors, and read texts and charts.",
    "Goodbye!",
    "I am fine, thank you. What would you like to know about the picture?",
    "Good day! What would you like to know about the picture?",
    "Thank you. Is there anything else about the picture?",
    "No need to be sorry. What would you like to know about the picture?",
    "I am a program: a small vision model that answers questions about pictures.",
    "Ask me what is in the picture, how many things there are, where they are, or what is written.",
    "Good. What else would you like to know about the picture?",
    "Hello! What would you like to know about the picture?"};
constexpr string_view betweenForms[] = {
    "The {x} is between the {y} and the {z}.", "The {x}.", "I see the {x}.", "It is the {x}.", "The {x} is between them.", "There is the {x}.", "Yes, the {x}.", "The {x} is between the {y} and the {z}.",
    "The {x} is between them.", "It is the {x}.", "They have the {x} between them.", "You find the {x}.", "The {x}."};

}  // namespace

std::span<const string_view> answerForms(Answer answer) {
    static constexpr std::array<std::span<const string_view>, answerCount> tables = {
        yesForms,  noForms,     numberForms,  noneForms, colourForms,  whereForms, relationForms, valueForms,    captionForms, detailForms, moreForms, equalForms, categoryForms,
        noCategoryForms, sceneForms, listForms, readForms, noTextForms, extremeForms, titleForms, noTitleForms, boxForms, symbolForms, notThereForms,
        cannotTellForms, onlyForms, sureForms, politeForms, betweenForms};
    return tables.at(static_cast<std::size_t>(answer));
}

}  // namespace fusionscope::world
