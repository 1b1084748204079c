#include "ui/common/regions.h"

#include <QUndoCommand>
#include <QUndoStack>

namespace fusionscope::ui {

namespace {

class Change : public QUndoCommand {
  public:
    Change(const QString& text, std::function<void()> redone, std::function<void()> undone)
        : QUndoCommand(text), m_redo(std::move(redone)), m_undo(std::move(undone)) {}
    void redo() override { m_redo(); }
    void undo() override { m_undo(); }

  private:
    std::function<void()> m_redo, m_undo;
};

}  // namespace

const std::vector<Region>& Regions::of(const QString& picture) const {
    static const std::vector<Region> none;
    const auto found = m_regions.constFind(picture);
    return found == m_regions.constEnd() ? none : *found;
}

void Regions::add(const QString& picture, const Region& region) {
    auto regions = of(picture);
    regions.push_back(region);
    replace(picture, std::move(regions), tr("mark a region"));
}

void Regions::remove(const QString& picture, int index) {
    auto regions = of(picture);
    if (index < 0 || index >= static_cast<int>(regions.size())) return;
    regions.erase(regions.begin() + index);
    replace(picture, std::move(regions), tr("remove a region"));
}

void Regions::clear(const QString& picture) {
    if (!of(picture).empty()) replace(picture, {}, tr("remove all regions"));
}

void Regions::replace(const QString& picture, std::vector<Region> regions, const QString& what) {
    const auto before = of(picture);
    stackOf(picture)->push(new Change(what, [this, picture, regions] { set(picture, regions); },
                                      [this, picture, before] { set(picture, before); }));
}

QUndoStack* Regions::stackOf(const QString& picture) {
    auto*& stack = m_stacks[picture];
    if (!stack) {
        stack = new QUndoStack(&m_undo);
        m_undo.addStack(stack);
    }
    return stack;
}

void Regions::lookAt(const QString& picture) { m_undo.setActiveStack(stackOf(picture)); }

void Regions::set(const QString& picture, const std::vector<Region>& regions) {
    m_regions.insert(picture, regions);
    emit changed(picture);
}

}  // namespace fusionscope::ui
