#pragma once

#include <string>

#include "core/world/nouns.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// One sentence: what there is, how many of it, and where. "Two red cars and a dog on a street."
std::string briefCaption(const Scene& scene, const Nouns& nouns);
/// Several sentences: place, things with colour and number, where they are, how they lie to each other, what is written,
/// every value of a chart.
std::string detailedCaption(const Scene& scene, const Nouns& nouns);
/// Everything that is written, a line each, in reading order; "no text" where there is none.
std::string writtenText(const Scene& scene);
/// A chart in a few words: "a bar chart titled "Sales" with four bars".
std::string chartPhrase(const Chart& chart);
/// The name of a category, or of a series and a category where there are several series.
std::string valueName(const Chart& chart, int series, int category);

}  // namespace fusionscope::world
