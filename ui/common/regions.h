#pragma once

#include <QHash>
#include <QObject>
#include <QPolygonF>
#include <QUndoGroup>
#include <vector>

namespace fusionscope::ui {

/// A part of a picture that the person marked.
struct Region {
    enum class Kind { Box, Polygon, Patches };
    Kind kind = Kind::Box;
    QPolygonF outline;          ///< in the picture's pixels; of patches: their bounding box
    std::vector<int> patches;   ///< of Kind::Patches: by row from the top left, on a grid of `rows` × `columns`
    int rows = 0, columns = 0;
    bool operator==(const Region&) const = default;
};

/// Marked regions of every picture, with undo for each. The last one is what a question about "the region" means.
class Regions : public QObject {
    Q_OBJECT

  public:
    explicit Regions(QObject* parent = nullptr) : QObject(parent) {}

    const std::vector<Region>& of(const QString& picture) const;
    void add(const QString& picture, const Region& region);
    void remove(const QString& picture, int index);
    void clear(const QString& picture);
    /// Undo and redo of the picture that is looked at.
    QUndoGroup& undo() { return m_undo; }
    void lookAt(const QString& picture);

  signals:
    void changed(const QString& picture);

  private:
    void replace(const QString& picture, std::vector<Region> regions, const QString& what);
    void set(const QString& picture, const std::vector<Region>& regions);
    QUndoStack* stackOf(const QString& picture);

    QHash<QString, std::vector<Region>> m_regions;
    QUndoGroup m_undo;
    QHash<QString, QUndoStack*> m_stacks;  // children of m_undo
};

}  // namespace fusionscope::ui
