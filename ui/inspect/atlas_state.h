#pragma once

#include <QObject>
#include <QRectF>
#include <QSet>
#include <QSizeF>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ui/export/places.h"
#include "ui/inspect/inspection_file.h"
#include "ui/inspect/map_artist.h"
#include "ui/inspect/word_maps.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

/// One cell of the atlas; nothing is drawn of it until it has been computed.
struct AtlasStateCell {
    models::ActivationInfo activation;
    DrawnPair drawn;
};

/// What the atlas page shows: follows picture, model, selection and answer, has the maps computed and drawn, and says when
/// something has changed. Computes only while somebody looks.
class AtlasState : public QObject {
    Q_OBJECT

  public:
    explicit AtlasState(Workspace& workspace, QObject* parent = nullptr);
    ~AtlasState() override;

    Workspace& workspace() const { return m_workspace; }
    /// In the order of computation; known as soon as model and picture are.
    const std::vector<AtlasStateCell>& cells() const { return m_cells; }
    /// The enlarged cell's index; −1 when there is none.
    int current() const { return m_current; }
    /// What is shown large: the current cell, or its similarity to the selected patches while the cells show colours.
    const DrawnPair& enlarged() const;
    /// The selected word of the answer, whose map is enlarged as long as it is the latest thing that was selected.
    const WordMaps& words() const { return m_words; }
    bool showsWord() const { return m_showsWord && m_words.drawn().own; }
    const engine::MapOptions& options() const { return m_options; }
    /// File that MapOptions::savedBasis was read from.
    const QString& basisFile() const { return m_basisFile; }
    /// Null until computed.
    const std::shared_ptr<const FeatureSet>& features() const { return m_features; }
    /// Held beside the picture for comparison; null when nothing is.
    const std::shared_ptr<const FeatureSet>& compared() const { return m_beside ? m_second : m_compared; }
    /// The second model's maps of the same picture stand beside those of the first.
    bool isBeside() const { return m_beside; }
    /// The second model's map that stands beside the current one; empty when there is none.
    std::string counterpart() const;
    /// What the model sees of the picture, in the picture's pixels. Another picture that is compared is measured so that it
    /// is as high; of this picture the same part is shown of both models. Empty without one.
    QSizeF extent() const;
    QSizeF otherExtent() const;
    /// The tiles that the current map is joined of, in the picture's pixels; none for a map of the whole picture.
    std::vector<QRectF> tiles() const;
    /// The same as shares of what the map shows, 0 to 1.
    std::vector<QRectF> tilesInMap() const;
    /// From a place in what the one model sees of the picture to the same place of the picture in what the other sees.
    /// Nothing where it lies outside.
    std::optional<Place> toOther(const Place& place) const;
    /// The same of a part, which may reach beyond what the other sees.
    QRectF toOther(const QRectF& part) const;
    /// The selected places in the picture's pixels, as a command line names them; empty until computed.
    std::vector<exporting::PixelPlace> pixelPlaces() const;
    const std::vector<std::string>& extraPrompts() const { return m_extraPrompts; }
    bool showsLanguageModel() const { return m_languageModel; }
    bool isComputing() const { return m_computing; }
    /// Nothing is being computed or drawn.
    bool isSettled() const { return !m_computing && m_cellsLeft == 0 && m_enlargedDrawing == 0; }
    /// Why there is nothing to see, or what went wrong: a sentence with the next step. Empty when all is well.
    const QString& message() const { return m_message; }
    bool isOverlaid() const { return m_overlaid; }
    /// Channels of the current map, the most varying first; empty until computed.
    std::vector<int> channelsByVariance() const;

    /// A view is shown, or is not; several may be.
    void setShown(const QObject* view, bool shown);
    void setCurrent(int cell);
    void setOptions(const engine::MapOptions& options, const QString& basisFile = {});
    void setKind(engine::MapKind kind);
    /// Adds a prompt as a row. @return why it cannot be one; empty when it can
    QString addPrompt(const QString& name, const QString& text);
    void removePrompt(const std::string& row);
    /// Whether the language model's layers are rows too. They need a question, the latest one.
    void setShowsLanguageModel(bool shows);
    /// Keeps the picture beside the ones shown next, or ends that.
    void setComparing(bool comparing);
    /// Has the second model's maps of the same picture beside those of the first, as long as there is one.
    void setBeside(bool beside);
    /// Which of the second model's maps stands beside the current one, instead of the one at about the same depth.
    void setCounterpart(const std::string& name);
    /// What is looked at, for a file; without the model's hash.
    SavedInspection saved() const;
    /// Opens the pictures of a saved inspection and shows them as they were; the model stays the one that is loaded.
    void restore(const SavedInspection& inspection);
    /// Whether the enlarged map lies on the picture.
    void setOverlaid(bool overlaid);

  signals:
    void layoutChanged();
    void cellChanged(int cell);
    void enlargedChanged();
    void optionsChanged();
    void statusChanged();
    void overlaidChanged(bool overlaid);
    /// From the drawing thread, queued to this object.
    void drawn(quint64 drawing, quint64 cell, const fusionscope::ui::DrawnPair& pair);

  private:
    void refresh();
    /// Cells of the same picture and model keep what is drawn of them until it is drawn anew.
    void layOut(const std::vector<models::ActivationInfo>& activations, bool samePicture);
    void follow();
    void take(const std::shared_ptr<const FeatureSet>& set);
    void requestSecond();
    void pairUp();
    void takeDrawn(quint64 drawing, size_t cell, const DrawnPair& pair);
    void placesChanged();
    void draw();
    void drawEnlarged();
    bool wantsSimilarity() const;
    void submit(JobId& job, quint64 drawing, DrawRequest request);
    void updateOverlay();
    void say(const QString& message, bool computing = false);
    std::string question() const;
    void openRestored();
    void goOnRestoring();

    Workspace& m_workspace;
    FeatureStore m_store, m_secondStore;
    QSet<const QObject*> m_viewers;
    WordMaps m_words;
    MapArtist m_artist;  // the drawing thread's alone
    std::vector<AtlasStateCell> m_cells;
    int m_current = -1;
    engine::MapOptions m_options;
    QString m_basisFile, m_message, m_overlaidPicture;
    engine::MapKind m_kindBefore = engine::MapKind::Pca;  // what a selection of patches took the place of
    bool m_shown = false, m_computing = false, m_languageModel = false, m_overlaid = false, m_hadPlaces = false,
         m_showsWord = false, m_beside = false;
    std::string m_savedQuestion;                 // of a restored inspection
    std::optional<SavedInspection> m_restoring;  // what is still to be done of it
    QString m_restoredPicture;                   // hash of the one that is being opened
    FeatureRequest m_request;  // the latest
    std::shared_ptr<const ModelFacts> m_requestedOf;
    std::vector<std::string> m_extraPrompts;
    std::shared_ptr<const FeatureSet> m_features, m_compared, m_second;
    std::map<std::string, std::string> m_chosenCounterparts, m_counterparts;  // by the first model's activation
    DrawnPair m_similarity;    // of the current cell, while the cells show colours
    quint64 m_drawing = 0;     // number of the latest drawing
    quint64 m_cellsDrawing = 0, m_enlargedDrawing = 0;  // those under way; 0: none
    size_t m_cellsLeft = 0;
    JobId m_cellsJob = 0, m_enlargedJob = 0;
    Worker m_drawer;           // last: its thread ends first
};

}  // namespace fusionscope::ui
