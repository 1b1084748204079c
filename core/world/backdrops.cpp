#include "core/world/backdrops.h"

#include <QString>
#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/files/error.h"

namespace fusionscope::world {

namespace {

constexpr std::array<std::string_view, 4> skies = {"day", "cloudy", "sunset", "night"};

template <class Value, class Name>
Value named(const std::string& text, Value last, const Name& nameOfValue, const std::string& line, const std::string& where) {
    for (int i = 0; i <= static_cast<int>(last); ++i)
        if (nameOfValue(static_cast<Value>(i)) == text) return static_cast<Value>(i);
    throw Error("\"" + line + "\" is not understood: \"" + text + "\"", where, "Run installer/photographs.");
}

}  // namespace

Backdrops Backdrops::load(const std::filesystem::path& folder) {
    const auto table = folder / "backdrops.tsv";
    std::ifstream in(table);
    std::string line;
    if (!std::getline(in, line)) throw Error("the table of backdrops cannot be read", table.string(), "Run installer/photographs.");
    Backdrops backdrops;
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::string file, use, place, sky;
        int horizon = -1;
        std::getline(fields, file, '\t');
        std::getline(fields, use, '\t');
        std::getline(fields, place, '\t');
        std::getline(fields, sky, '\t');
        fields >> horizon;
        if ((use != "training" && use != "held out") || horizon < 0 || horizon > 100)
            throw Error("\"" + line + "\" is not understood", table.string(), "Run installer/photographs.");
        const auto path = folder / "backdrops" / file;
        const QImage image = QImage(QString::fromStdString(path.string())).convertToFormat(QImage::Format_RGB32);
        if (std::min(image.width(), image.height()) < pictureSize)
            throw Error(concat("is no photograph of at least ", pictureSize, " pixels"), path.string(), "Run installer/photographs.");
        backdrops.m_backdrops.push_back(
            {image, named(place, Place::Park, [](Place value) { return nameOf(value); }, line, table.string()),
             named(sky, Sky::Night, [](Sky value) { return skies.at(static_cast<std::size_t>(value)); }, line, table.string()),
             horizon / 100.0, use == "held out"});
    }
    return backdrops;
}

std::vector<int> Backdrops::allowed(Split split) const {
    std::vector<int> fit;
    for (std::size_t i = 0; i < m_backdrops.size(); ++i)
        if (m_backdrops[i].heldOut == (split == Split::Photos)) fit.push_back(static_cast<int>(i));
    return fit;
}

void Backdrops::describe(int number, Background& background) const {
    const Backdrop& backdrop = m_backdrops.at(static_cast<std::size_t>(number));
    background.photograph = number;
    background.place = backdrop.place;
    background.sky = backdrop.sky;
    background.horizon = backdrop.horizon;
}

QImage Backdrops::part(const Background& background, Random& random) const {
    const Backdrop& backdrop = m_backdrops.at(static_cast<std::size_t>(background.photograph));
    const QImage& image = backdrop.image;
    // Where there is a horizon it keeps its place: only the width is cut, and the whole height is shown.
    const bool blurred = backdrop.place == Place::Blurred;
    const int most = std::min(image.width(), image.height());
    const int side = blurred ? random.between(std::max(pictureSize / 2, most / 2), most) : most;
    const QRect rect(random.between(0, image.width() - side), random.between(0, image.height() - side), side, side);
    QImage result = image.copy(rect).mirrored(random.chance(0.5), false);
    if (blurred) {
        const int detail = random.between(10, 40);
        result = result.scaled(detail, detail, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    }
    return result.scaled(pictureSize, pictureSize, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

}  // namespace fusionscope::world
