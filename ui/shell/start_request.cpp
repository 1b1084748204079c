#include "ui/shell/start_request.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace fusionscope::ui {

QByteArray toJson(const StartRequest& request) {
    return QJsonDocument(QJsonObject{{"files", QJsonArray::fromStringList(request.files)},
                                     {"model", request.model},
                                     {"layout", request.layout},
                                     {"question", request.question},
                                     {"page", request.page},
                                     {"map", request.map},
                                     {"second", request.second},
                                     {"score", request.score},
                                     {"frames", request.frames}})
        .toJson(QJsonDocument::Compact);
}

std::optional<StartRequest> startRequestFrom(const QByteArray& json) {
    const auto document = QJsonDocument::fromJson(json);
    if (!document.isObject()) return std::nullopt;
    StartRequest request;
    for (const auto& file : document["files"].toArray())
        if (file.isString()) request.files.append(file.toString());
    request.model = document["model"].toString();
    request.layout = document["layout"].toString();
    request.question = document["question"].toString();
    request.page = document["page"].toString();
    request.map = document["map"].toString();
    request.second = document["second"].toString();
    request.score = document["score"].toString();
    request.frames = document["frames"].toInt();
    return request;
}

}  // namespace fusionscope::ui
