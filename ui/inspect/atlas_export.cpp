#include "ui/inspect/atlas_export.h"

#include <QDir>

#include "core/engine/folder_report.h"
#include "core/engine/provenance.h"
#include "ui/common/current_model.h"

namespace fusionscope::ui {

std::string commandLineOf(const AtlasExport& wanted) {
    const auto& set = *wanted.set;
    exporting::MapsCommand command;
    command.picture = (set.picture->path.isEmpty() ? set.picture->name : set.picture->path).toStdString();
    command.model = set.model->summary.folder;
    command.load = set.model->options;
    command.extraPrompts = set.extraPrompts;
    command.prompt = set.prompt;
    command.rows = wanted.rows;
    command.columns = wanted.columns;
    command.map = wanted.options;
    command.places = wanted.places;
    command.savedBasis = wanted.basisFile.toStdString();
    command.folder = wanted.folder.toStdString();
    command.files = wanted.files;
    return exporting::commandLine(command);
}

QStringList writeAtlas(AtlasExport wanted, const engine::Control& control) {
    const auto& set = *wanted.set;
    wanted.options.selection.clear();
    if (wanted.options.kind == engine::MapKind::Similarity)
        wanted.options.selection = exporting::selectionIn(set.seen, wanted.places);
    const auto chosen = engine::chooseMaps(set.activations, wanted.rows, wanted.columns);
    const auto atlas = engine::drawAtlas(chosen, set.maps, wanted.options, control);

    engine::Provenance provenance;
    provenance.model = set.model->summary;
    provenance.modelHash = engine::checkpointHash(set.model->summary.folder, control);
    provenance.pictureName = set.picture->name.toStdString();
    provenance.picture = set.picture->handle;
    provenance.preprocessing = engine::preprocessingText(set.seen, set.model->options.pillow13Order);
    provenance.prompt = set.prompt;
    provenance.encoding = set.encoding;
    provenance.extraPrompts = set.extraPrompts;
    provenance.command = commandLineOf(wanted);
    QStringList files;
    for (const auto& [kind, name] :
         exporting::writeAtlas(atlas, provenance, {set.seen}, wanted.folder.toStdString(), wanted.files))
        files += QDir(wanted.folder).filePath(QString::fromStdString(name));
    return files;
}

}  // namespace fusionscope::ui
