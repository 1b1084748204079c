#include "core/world/sheets.h"

#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::world {

namespace {

// One of so many handwritten digits is held out.
constexpr int heldOutDigits = 5;

}  // namespace

Sheets::Sheet Sheets::read(const std::filesystem::path& file, int cell) {
    Sheet sheet{QImage(QString::fromStdString(file.string())).convertToFormat(QImage::Format_RGB32), cell};
    if (sheet.image.isNull() || sheet.image.width() % cell != 0 || sheet.image.height() % (10 * cell) != 0)
        throw Error(concat("is no sheet of ten classes of pictures of ", cell, " pixels"), file.string(), "Run installer/photographs.");
    return sheet;
}

Sheets Sheets::load(const std::filesystem::path& folder) {
    Sheets sheets;
    sheets.m_training = read(folder / "products-training.png", 28);
    sheets.m_test = read(folder / "products-test.png", 28);
    sheets.m_digits = read(folder / "digits.png", 20);
    return sheets;
}

int Sheets::digits(Split split) const {
    const int all = cellsOfClass(m_digits), heldOut = all / heldOutDigits;
    return split == Split::Digits ? heldOut : all - heldOut;
}

QImage Sheets::picture(const Object& object, Split split) const {
    const bool product = object.kind == Object::Kind::Product;
    const Sheet& sheet = !product ? m_digits : split == Split::Fashion ? m_test : m_training;
    const auto name = std::find(productNames.begin(), productNames.end(), object.name);
    const int label = product ? static_cast<int>(name - productNames.begin()) : std::stoi(object.reading);
    int sample = object.sample;
    // Every fifth digit is held out: those between are training's.
    if (!product) sample = split == Split::Digits ? sample * heldOutDigits : sample + sample / (heldOutDigits - 1) + 1;
    const int columns = sheet.image.width() / sheet.cell, index = label * cellsOfClass(sheet) + sample;
    return sheet.image.copy(index % columns * sheet.cell, index / columns * sheet.cell, sheet.cell, sheet.cell);
}

}  // namespace fusionscope::world
