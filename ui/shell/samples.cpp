#include "ui/shell/samples.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

#include "core/engine/program_files.h"
#include "core/files/error.h"

namespace fusionscope::ui {

std::vector<Sample> readSamples(size_t count) {
    std::vector<Sample> samples;
    QDir folder;
    try {
        folder.setPath(QString::fromStdString(engine::samplePictures().string()));
    } catch (const Error&) {
        return samples;  // the program works without them
    }
    QFile list(folder.filePath("samples.json"));
    if (!list.open(QIODevice::ReadOnly)) return samples;
    const auto language = QLocale().name().section('_', 0, 0);
    for (const auto& value : QJsonDocument::fromJson(list.readAll()).array()) {
        const auto entry = value.toObject();
        const auto title = entry["titles"][language].toString(entry["title"].toString());
        const Sample sample{folder.filePath(entry["file"].toString()), title,
                            entry["questions"].toArray().first().toString()};
        if (samples.size() < count && entry["world"].toBool() && QFile::exists(sample.path)) samples.push_back(sample);
    }
    return samples;
}

}  // namespace fusionscope::ui
