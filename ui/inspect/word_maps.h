#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <utility>
#include <vector>

#include "core/engine/alignment.h"
#include "ui/common/current_answer.h"
#include "ui/inspect/map_artist.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

struct Workspace;

/// Where in the picture the selected word of an answer lies, and how well the picture under each prompt agrees with the
/// answer's words. Computed when a word is selected, once for each answer.
class WordMaps : public QObject {
    Q_OBJECT

  public:
    explicit WordMaps(Workspace& workspace, QObject* parent = nullptr);

    /// The selected word's map on the patch grid; without a map when no word is selected or it is not there yet.
    const DrawnPair& drawn() const { return m_drawn; }
    /// "“four”": the word that the map is of.
    const QString& word() const { return m_word; }
    /// Part of the picture's features and its cosine with the answer; empty until a word was selected.
    const std::vector<std::pair<QString, double>>& bars() const { return m_bars; }

  signals:
    void changed();
    /// @param message the sentence to show
    void failed(const QString& message);
    /// From the worker's thread, queued to this object.
    void aligned(std::shared_ptr<const fusionscope::ui::Exchange> exchange,
                 std::shared_ptr<const fusionscope::engine::WordAlignment> alignment);

  private:
    void follow();
    void draw();

    Workspace& m_workspace;
    std::shared_ptr<const Exchange> m_exchange;  // that m_alignment is of
    std::shared_ptr<const engine::WordAlignment> m_alignment;
    DrawnPair m_drawn;
    QString m_word;
    std::vector<std::pair<QString, double>> m_bars;
    JobId m_job = 0;
};

/// Which word of an answer begins at a token, counted from 0.
size_t wordAtToken(const engine::Answer& answer, int token);

}  // namespace fusionscope::ui
