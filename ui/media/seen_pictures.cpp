#include "ui/media/seen_pictures.h"

#include <algorithm>

#include "core/engine/model.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

namespace {

constexpr int gap = 16;

void paste(const image::ImageView& view, int left, int top, image::Picture& sheet) {
    for (int y = 0; y < view.size.height; ++y)
        std::copy_n(view.row(y), view.rowBytes(),
                    sheet.rgb.begin() + (ptrdiff_t(top + y) * sheet.size.width + left) * 3);
}

}  // namespace

image::Picture sheetOf(const image::ProcessedPicture& processed) {
    const auto [width, height] = processed.size;
    const bool tiled = processed.tileRows > 0;
    const int columns = tiled ? processed.tileColumns : 1, rows = 1 + processed.tileRows;
    image::Picture sheet;
    sheet.size = {columns * (width + gap) - gap, rows * (height + gap) - gap};
    sheet.rgb.assign(size_t(sheet.size.width) * size_t(sheet.size.height) * 3, 255);
    paste(processed.seenOverview(), 0, 0, sheet);
    for (int tile = 0; tile < processed.tileRows * processed.tileColumns; ++tile)
        paste(processed.seenView(processed.firstTile() + tile), tile % columns * (width + gap),
              (1 + tile / columns) * (height + gap), sheet);
    return sheet;
}

SeenPictures::SeenPictures(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(this, &SeenPictures::made, this, [this](const QString& hash, const std::shared_ptr<const SeenPicture>& seen) {
        m_seen.insert(hash, seen);
        m_order.removeAll(hash);
        m_order.append(hash);
        while (m_order.size() > keptPictures) m_seen.remove(m_order.takeFirst());
        emit ready(hash);
    }, Qt::QueuedConnection);
    connect(&workspace.model, &CurrentModel::changed, this, [this] {
        m_seen.clear();
        m_order.clear();
    });
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        const auto hash = m_jobs.take(job);
        if (end != JobEnd::Done && !hash.isEmpty()) emit failed(hash, message);
    });
}

bool SeenPictures::possible() const {
    const auto facts = m_workspace.model.facts();
    return facts && facts->summary.takesPictures;
}

std::shared_ptr<const SeenPicture> SeenPictures::request(const QString& hash) {
    if (const auto found = m_seen.value(hash)) return found;
    const auto picture = m_workspace.pictures.find(hash);
    if (!picture || !possible() || m_jobs.key(hash, 0) != 0) return nullptr;
    const auto job = m_workspace.worker.submit(tr("Fitting %1 to the model").arg(picture->name),
                                               [this, hash, handle = picture->handle](WorkerContext& context) {
        const auto processed = context.loaded().preprocess(handle);
        auto seen = std::make_shared<SeenPicture>();
        seen->pyramid = std::make_shared<const PicturePyramid>(engine::PictureHandle::of(sheetOf(processed)),
                                                               context.control.stop);
        seen->transforms = processed.transforms;
        emit made(hash, seen);
    });
    m_jobs.insert(job, hash);
    return nullptr;
}

}  // namespace fusionscope::ui
