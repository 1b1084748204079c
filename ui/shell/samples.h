#pragma once

#include <QString>
#include <vector>

namespace fusionscope::ui {

/// A picture that comes with the program, and a question that the bundled model was made for.
struct Sample {
    QString path, title, question;
};

/// The first samples of samples.json that the bundled model understands, at most `count`; fewer, or none, when files
/// are missing.
std::vector<Sample> readSamples(size_t count);

}  // namespace fusionscope::ui
