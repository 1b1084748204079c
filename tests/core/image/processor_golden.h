#pragma once

#include "core/image/decode.h"
#include "core/image/processor.h"
#include "tests/core/image/golden.h"

/// Pictures through each family's processor, as the references have them (golden/images/processors).
namespace golden {

inline const nlohmann::json& processors() {
    static const auto json = fusionscope::files::readJson(folder("images/processors/expected.json"));
    return json;
}

/// Adds the columns "file" and "settings", with a row for every picture and each of the settings that saw it.
inline void addProcessedPictures(std::initializer_list<const char*> settings) {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("settings");
    for (const auto& [file, row] : processors()["images"].items())
        for (const char* name : settings)
            if (row.contains("processors") && row["processors"].contains(name))
                QTest::addRow("%s %s", file.c_str(), name) << QString::fromStdString(file) << name;
}

/// All samples alike.
inline fusionscope::image::Picture plainPicture(fusionscope::image::Size size, std::uint8_t sample = 200) {
    fusionscope::image::Picture picture;
    picture.size = size;
    picture.rgb.assign(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3, sample);
    return picture;
}

/// The views [views, height, width, 3] as the references keep them: [views, 3, height, width].
inline std::vector<std::uint8_t> planes(const fusionscope::image::ProcessedPicture& picture) {
    std::vector<std::uint8_t> all;
    all.reserve(picture.seen.size());
    for (int view = 0; view < picture.views; ++view) {
        const auto rgb = picture.seenView(view);
        for (std::size_t channel = 0; channel < 3; ++channel)
            for (std::size_t i = channel; i < rgb.bytes(); i += 3) all.push_back(rgb.data[i]);
    }
    return all;
}

/// Compares the row's picture with its reference, bit by bit: 8-bit samples and normalised numbers. The references ran
/// with Pillow 13. @param makeProcessor from the settings' preprocessor_config.json
/// @param prepare done to the picture first
template <class MakeProcessor>
void compareProcessedPicture(const MakeProcessor& makeProcessor,
                             const std::function<void(fusionscope::image::Picture&)>& prepare = {}) {
    QFETCH(QString, file);
    QFETCH(QString, settings);
    auto picture = fusionscope::image::readPicture(folder("images/processors/sources") / file.toStdString());
    if (prepare) prepare(picture);
    const auto& row = processors()["images"][file.toStdString()]["processors"][settings.toStdString()];
    const auto processor = makeProcessor(processors()["settings"][settings.toStdString()]);
    const auto result = processor->process(picture, {.order = fusionscope::image::PassOrder::Pillow13});
    const auto& shape = row["shape"];  // views where there can be several; channels, height, width
    if (shape.size() == 5) QCOMPARE(result.views, shape[1].template get<int>());
    QCOMPARE(result.size.width, shape.back().template get<int>());
    QCOMPARE(processor->layout(picture.size).views, result.views);
    QCOMPARE(sha256(planes(result)), row["u8_sha256"].template get<std::string>());
    const auto* floats = reinterpret_cast<const std::uint8_t*>(result.pixels.data());
    QCOMPARE(sha256({floats, result.pixels.size() * sizeof(float)}), row["f32_sha256"].template get<std::string>());
}

}  // namespace golden
